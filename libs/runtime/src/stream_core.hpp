#pragma once

/// What stands behind a LaunchStream and its events.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include <dotcompute/memory/host_uses.hpp>
#include <dotcompute/memory/shared_stream.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

namespace dotcompute::detail {

/// The launches of a stream take turns as if they wrote one buffer: on the host a launch has its turn until it is
/// complete, on a device until it is enqueued, and the device's own stream keeps the order from there on.
class StreamCore {
 public:
  /// `shared` is the device's stream; null on the host.
  StreamCore(RuntimeCore& runtime, const Device& device, SharedStream* shared) noexcept
      : runtime_(runtime), device_(device), shared_(shared) {}

  [[nodiscard]] const RuntimeCore& runtime() const noexcept { return runtime_; }
  [[nodiscard]] const Device& device() const noexcept { return device_; }
  [[nodiscard]] SharedStream* shared() const noexcept { return shared_; }
  [[nodiscard]] HostUses& turns() noexcept { return turns_; }

 private:
  RuntimeCore& runtime_;
  const Device& device_;
  SharedStream* shared_;
  HostUses turns_;
};

/// Somebody who is told once of an event. It belongs to whoever adds it and stays until `reached` was called.
struct EventWait : PointWait {
  void (*passed)(EventWait& wait) noexcept = nullptr;
  EventWait* after = nullptr;  ///< For the event.
};

/// Passed when the turns before it are over; on a device it is reached when the device has come so far, too.
class EventCore {
 public:
  [[nodiscard]] static std::shared_ptr<EventCore> record(std::shared_ptr<StreamCore> stream);

  [[nodiscard]] StreamCore& stream() const noexcept { return *stream_; }
  [[nodiscard]] bool is_passed() const noexcept { return is_passed_.load(std::memory_order_acquire) != 0; }
  /// Once it is passed.
  [[nodiscard]] const StreamMark& mark() const noexcept { return mark_; }
  [[nodiscard]] bool is_reached() const noexcept { return is_passed() && mark_.is_reached(); }
  void wait();
  /// Calls `wait.passed` when the event is reached, perhaps at once.
  void tell(EventWait& wait) noexcept;

  // For `record` alone.
  explicit EventCore(std::shared_ptr<StreamCore> stream) noexcept : turn_(*this), stream_(std::move(stream)) {}

 private:
  struct Turn : UseTicket {
    explicit Turn(EventCore& waiting) noexcept : UseTicket(&Turn::has_come), event(waiting) {}
    static void has_come(UseTicket& ticket) noexcept;
    EventCore& event;
  };

  void pass() noexcept;
  void tell_of_mark(EventWait& wait) noexcept;

  Turn turn_;
  UseWait place_;
  /// The co-owners are the handles, streams that wait, and this itself while it stands in line.
  std::shared_ptr<EventCore> self_;
  std::shared_ptr<StreamCore> stream_;
  StreamMark mark_;
  std::atomic<std::uint32_t> is_passed_{0};
  std::mutex mutex_;
  EventWait* waits_ = nullptr;  ///< Guarded by the mutex.
};

}  // namespace dotcompute::detail
