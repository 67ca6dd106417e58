#pragma once

/// kernelc --serve as a child process at the other end of a socket.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace dotcompute {

/// Owns the child: destroying it ends and reaps it at once. Works whatever the program does with SIGCHLD.
class ServerProcess {
 public:
  /// Starts `path --serve`. Its TMPDIR is `temporary`, so that nothing of it stays behind even if it is killed. Throws
  /// CompilationError if it cannot be started.
  ServerProcess(std::string path, const std::filesystem::path& temporary);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] int socket() const noexcept { return socket_; }

  /// Whether it waits for a request: it is alive, has said nothing unasked, and is this process's own child rather than
  /// the one of the process that this one was forked from.
  [[nodiscard]] bool is_waiting() const noexcept;

  /// Ends the child, and says how it had ended by itself: "was killed by signal 9 (Killed)", "ended with exit status
  /// 1". One that closed its socket gets a moment to end.
  [[nodiscard]] std::string end_after_close();

  /// Ends the child at once.
  void end() noexcept;

  /// The last that the child wrote to standard error.
  [[nodiscard]] std::string error_output() const;

 private:
  [[nodiscard]] bool reap(int options, int& status) noexcept;
  void close_descriptors() noexcept;

  std::string path_;
  pid_t owner_;
  pid_t child_ = -1;  ///< -1 once it is reaped.
  int socket_ = -1;
  int errors_ = -1;  ///< A file without a name.
};

}  // namespace dotcompute
