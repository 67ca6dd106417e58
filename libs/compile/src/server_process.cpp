#include "server_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

namespace {

constexpr off_t shown_errors_bytes = 4096;

[[noreturn]] void cannot_start(const std::string& path, const char* step, int error) {
  throw CompilationError(
      error == ENOENT || error == EACCES || error == ENOEXEC ? Remedy::fix_input : Remedy::retry,
      fmt::format("the kernel compiler '{}' cannot be started: {}: {}; install DotCompute's kernelc, or "
                  "name it in the environment variable DOTCOMPUTE_KERNELC",
                  path, step, std::generic_category().message(error)));
}

/// A descriptor that closes with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  /// The same file above the standard descriptors: a program may run without those, and the child's are set one by one.
  [[nodiscard]] static int above_standard(int fd) noexcept {
    if (fd < 0 || fd > STDERR_FILENO) return fd;
    const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int error = errno;
    ::close(fd);
    errno = error;
    return moved;
  }

 private:
  int fd_;
};

/// What the child gets: descriptors, default signals, a process group of its own, so that Ctrl-C reaches the program
/// alone.
class SpawnPlan {
 public:
  SpawnPlan(int socket, int errors) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
#endif
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// 0 or an error number.
  int spawn(pid_t& child, std::string path, std::vector<std::string> environment) const {
    std::string serve = "--serve";
    char* arguments[] = {path.data(), serve.data(), nullptr};
    std::vector<char*> variables;
    variables.reserve(environment.size() + 1);
    for (std::string& variable : environment) variables.push_back(variable.data());
    variables.push_back(nullptr);
    return ::posix_spawn(&child, path.c_str(), &actions_, &attributes_, arguments, variables.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<std::string> environment_with_temporary(const std::filesystem::path& temporary) {
  std::vector<std::string> variables = {"TMPDIR=" + temporary.string()};
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("TMPDIR=")) variables.emplace_back(*variable);
  }
  return variables;
}

std::string description_of(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
  }
  return fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

}  // namespace

ServerProcess::ServerProcess(std::string path, const std::filesystem::path& temporary)
    : path_(std::move(path)), owner_(::getpid()) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) cannot_start(path_, "socketpair", errno);
  Descriptor own(Descriptor::above_standard(ends[0]));
  const Descriptor child(Descriptor::above_standard(ends[1]));
  if (own.get() < 0 || child.get() < 0) cannot_start(path_, "fcntl", errno);
  Descriptor errors(Descriptor::above_standard(::memfd_create("kernelc-errors", MFD_CLOEXEC)));
  if (errors.get() < 0) cannot_start(path_, "memfd_create", errno);

  const SpawnPlan plan(child.get(), errors.get());
  pid_t pid = -1;
  if (const int error = plan.spawn(pid, path_, environment_with_temporary(temporary)); error != 0) {
    cannot_start(path_, "posix_spawn", error);
  }
  child_ = pid;
  socket_ = own.release();
  errors_ = errors.release();
}

ServerProcess::~ServerProcess() {
  end();
  close_descriptors();
}

void ServerProcess::close_descriptors() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (errors_ >= 0) ::close(std::exchange(errors_, -1));
}

bool ServerProcess::is_waiting() const noexcept {
  if (owner_ != ::getpid() || child_ < 0) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

/// Whether the child is gone. `status` keeps its value where the program took the child's status before us.
bool ServerProcess::reap(int options, int& status) noexcept {
  if (child_ < 0) return true;
  int taken = 0;
  pid_t result = -1;
  do {
    result = ::waitpid(child_, &taken, options);
  } while (result < 0 && errno == EINTR);
  if (result == 0) return false;
  if (result == child_) status = taken;
  child_ = -1;
  return true;
}

void ServerProcess::end() noexcept {
  if (owner_ != ::getpid()) return;
  int ignored = 0;
  if (reap(WNOHANG, ignored)) return;
  ::kill(child_, SIGKILL);
  (void)reap(0, ignored);
}

std::string ServerProcess::end_after_close() {
  using namespace std::chrono_literals;
  constexpr int unknown = -1;
  int status = unknown;
  // The socket closes a little before the process is a zombie.
  const auto give_up = std::chrono::steady_clock::now() + 2s;
  while (!reap(WNOHANG, status)) {
    if (std::chrono::steady_clock::now() > give_up) {
      end();
      return "closed the connection and went on running, so that it was ended";
    }
    std::this_thread::sleep_for(1ms);
  }
  if (status == unknown) return "ended (the program's own handling of SIGCHLD took its exit status)";
  return description_of(status);
}

std::string ServerProcess::error_output() const {
  struct stat status{};
  if (errors_ < 0 || ::fstat(errors_, &status) != 0) return {};
  std::string text(static_cast<std::size_t>(std::min(status.st_size, shown_errors_bytes)), '\0');
  const ssize_t count = ::pread(errors_, text.data(), text.size(), status.st_size - static_cast<off_t>(text.size()));
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace dotcompute
