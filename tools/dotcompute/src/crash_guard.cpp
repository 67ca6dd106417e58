#include "crash_guard.hpp"

#include <string_view>

#include <unistd.h>
#include <fmt/format.h>

#include "report.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

// Made before the launch: a signal handler can only write what is there. Leaked, so that it outlives every thread.
ErrorTexts& texts() {
  static auto* const texts = new ErrorTexts;
  return *texts;
}
ErrorTexts* prepared = nullptr;

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = write(descriptor, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void end_with_message(int) {
  write_all(STDERR_FILENO, prepared->for_people);
  write_all(STDOUT_FILENO, prepared->for_programs);
  _exit(static_cast<int>(ExitStatus::device));
}

}  // namespace

CrashGuard::CrashGuard(const std::string& kernel, const std::string& device, bool json) {
  const std::string message = fmt::format(
      "kernel {} on {} reached memory outside of its arrays; check its indices against the sizes of its spans, or "
      "give arrays as large as the grid",
      kernel, device);
  prepared = &texts();
  *prepared = error_texts({ExitStatus::device, message}, json);
  struct sigaction action{};
  action.sa_handler = end_with_message;
  sigaction(SIGSEGV, &action, &previous_segv_);
  sigaction(SIGBUS, &action, &previous_bus_);
}

CrashGuard::~CrashGuard() {
  sigaction(SIGSEGV, &previous_segv_, nullptr);
  sigaction(SIGBUS, &previous_bus_, nullptr);
}

}  // namespace dotcompute::tool
