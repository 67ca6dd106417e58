#include "running.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

namespace fuzz {

namespace {

// Read by the signal handler, which may call nothing that locks or allocates.
volatile std::uint64_t running_seed = 0;
unsigned running_limit = 0;
const char* volatile running_device = "";

void say(const char* text) { [[maybe_unused]] const auto count = ::write(STDERR_FILENO, text, std::strlen(text)); }

extern "C" void on_signal(int signal) {
  std::array<char, 24> digits{};
  char* at = digits.data() + digits.size() - 1;
  std::uint64_t rest = running_seed;
  do {
    *--at = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  say(signal == SIGALRM ? "kernel_fuzz: no end of seed " : "kernel_fuzz: a crash in seed ");
  say(at);
  say(" on ");
  say(running_device);
  say("\n");
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

Running::Running(std::uint64_t seed, const char* device, unsigned limit)
    : outer_limit_(running_limit), outer_seed_(running_seed), outer_device_(running_device) {
  running_limit = limit;
  running_seed = seed;
  running_device = device;
  ::alarm(running_limit);
}

Running::~Running() {
  running_limit = outer_limit_;
  running_seed = outer_seed_;
  running_device = outer_device_;
  ::alarm(running_limit);
}

void report_crashes() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) std::signal(signal, on_signal);
}

}  // namespace fuzz
