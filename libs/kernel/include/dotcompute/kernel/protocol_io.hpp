#pragma once

/// Whole messages of the kernelc protocol over a socket.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <dotcompute/kernel/protocol.hpp>

namespace dotcompute::protocol {

/// When to give up; empty for never.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

enum class IoStatus {
  done,
  closed,     ///< The other side is gone.
  timed_out,  ///< The deadline passed; the stream is in the middle of a message.
  malformed,  ///< What came is not a message.
  failed,     ///< The system refused.
};

/// How sending or receiving ended.
struct IoResult {
  IoStatus status = IoStatus::done;
  std::string problem;  ///< Empty if done.

  [[nodiscard]] explicit operator bool() const noexcept { return status == IoStatus::done; }
};

/// A message that arrived, and the version of the protocol that its sender speaks. A message of another version is
/// returned only if it is a hello.
struct Received {
  IoResult result;
  Message message;
  std::uint32_t version = 0;
};

/// Sends a frame. A closed socket is a result, never a SIGPIPE; `fd` may also be a pipe, for which the deadline does
/// not count and SIGPIPE is the caller's to ignore. Signals that interrupt are taken up again.
[[nodiscard]] IoResult send_frame(int fd, std::span<const char> frame, const Deadline& deadline = {});

/// Receives one message from a socket or a pipe. Memory grows with what arrives, not with what a header claims.
[[nodiscard]] Received receive_message(int fd, const Deadline& deadline = {});

}  // namespace dotcompute::protocol
