#include "isolated.hpp"

#include <unistd.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

namespace fuzz {

namespace {

[[noreturn]] void be_the_child(const std::function<std::string()>& work, int fd, unsigned limit_seconds) {
  // A crash is the parent's to report.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) std::signal(signal, SIG_DFL);
  ::alarm(limit_seconds);
  const std::string said = work();
  std::size_t done = 0;
  while (done < said.size()) {
    const ssize_t count = ::write(fd, said.data() + done, said.size() - done);
    if (count <= 0) ::_exit(1);
    done += static_cast<std::size_t>(count);
  }
  // No destructor of the parent's objects runs here.
  ::_exit(0);
}

std::string read_all(int fd) {
  std::string all;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

IsolatedRun run_isolated(const std::function<std::string()>& work, unsigned limit_seconds) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) be_the_child(work, ends[1], limit_seconds);
  ::close(ends[1]);
  IsolatedRun result;
  result.said = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    result.ended =
        WTERMSIG(status) == SIGALRM ? "does not end" : fmt::format("crashes: {}", strsignal(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) != 0) {
    result.ended = fmt::format("ends with status {}", WEXITSTATUS(status));
  }
  return result;
}

}  // namespace fuzz
