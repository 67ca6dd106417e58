#include <dotcompute/kernel/protocol_io.hpp>

#include <poll.h>
#include <unistd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace dotcompute::protocol {

namespace {

constexpr std::size_t largest_step_bytes = std::size_t{1} << 20;

IoResult system_failure(const char* what, int error) {
  if (error == EPIPE || error == ECONNRESET) return {IoStatus::closed, "the other side closed the connection"};
  return {IoStatus::failed, fmt::format("{}: {}", what, std::generic_category().message(error))};
}

/// Milliseconds for poll, rounded up so that it never wakes early and spins.
int poll_timeout_ms(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

/// Waits until the descriptor is ready or at its end.
IoResult wait_for(int fd, short events, const Deadline& deadline) {
  while (true) {
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, poll_timeout_ms(deadline));
    if (ready > 0) return {};
    if (ready == 0) return {IoStatus::timed_out, "the time is over"};
    if (errno != EINTR) return system_failure("poll", errno);
  }
}

/// Reads until `into` is full.
IoResult receive_exactly(int fd, std::span<char> into, const Deadline& deadline) {
  std::size_t done = 0;
  while (done < into.size()) {
    if (IoResult ready = wait_for(fd, POLLIN, deadline); !ready) return ready;
    const ssize_t count = ::read(fd, into.data() + done, into.size() - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0) {
      return {IoStatus::closed, done == 0 ? "the other side closed the connection"
                                          : "the other side closed the connection in the middle of a message"};
    } else if (errno != EINTR && errno != EAGAIN) {
      return system_failure("read", errno);
    }
  }
  return {};
}

/// Reads a payload in steps, so that a header alone reserves little.
IoResult receive_payload(int fd, std::uint64_t size, std::vector<char>& payload, const Deadline& deadline) {
  while (payload.size() < size) {
    const std::size_t done = payload.size();
    const std::size_t step = std::min<std::size_t>(size - done, std::max(done, largest_step_bytes));
    payload.resize(done + step);
    if (IoResult result = receive_exactly(fd, std::span(payload).subspan(done), deadline); !result) return result;
  }
  return {};
}

ssize_t send_some(int fd, std::span<const char> bytes) {
  const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno == ENOTSOCK) return ::write(fd, bytes.data(), bytes.size());
  return count;
}

}  // namespace

IoResult send_frame(int fd, std::span<const char> frame, const Deadline& deadline) {
  while (!frame.empty()) {
    if (IoResult ready = wait_for(fd, POLLOUT, deadline); !ready) return ready;
    const ssize_t count = send_some(fd, frame);
    if (count >= 0) {
      frame = frame.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      return system_failure("send", errno);
    }
  }
  return {};
}

Received receive_message(int fd, const Deadline& deadline) {
  Received received;
  std::array<char, header_size_bytes> start{};
  received.result = receive_exactly(fd, start, deadline);
  if (!received.result) return received;
  const Decoded<Header> header = decode_header(start);
  if (!header.value) {
    received.result = {IoStatus::malformed, header.problem};
    return received;
  }
  received.version = header.value->version;
  if (received.version != version && header.value->type != MessageType::hello) {
    received.result = {IoStatus::malformed,
                       fmt::format("a message is of version {} of the protocol, not {}", received.version, version)};
    return received;
  }
  std::vector<char> payload;
  received.result = receive_payload(fd, header.value->payload_size_bytes, payload, deadline);
  if (!received.result) return received;
  Decoded<Message> message = decode_payload(header.value->type, payload);
  if (message.value) {
    received.message = std::move(*message.value);
  } else {
    received.result = {IoStatus::malformed, message.problem};
  }
  return received;
}

}  // namespace dotcompute::protocol
