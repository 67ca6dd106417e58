#pragma once

/// How far a stream is, by the driver's events.
///
/// To record an event costs about half a launch, so not every operation has one. A copy has, and every 16th launch; for
/// other points one is recorded when somebody first asks. Such an event also waits for what was enqueued in between,
/// which delays its waiter by no more than what the stream held when it asked, and never blocks: nothing that is
/// enqueued later is waited for. The events are used again in a ring. Whoever holds one while it is recorded anew waits
/// for a later point of the same stream, which is still right.

#include <array>
#include <atomic>
#include <mutex>
#include <optional>

#include <dotcompute/device/device_accelerator.hpp>

#include "cuda_device.hpp"

namespace dotcompute::cuda {

/// An event of a stream's, and the point that it stands for at least.
struct CoveringEvent {
  EventHandle event = nullptr;
  StreamPoint point = 0;
};

class StreamEvents {
 public:
  /// The device's context is current. Throws as CudaDevice::check does.
  StreamEvents(CudaDevice& device, StreamHandle stream);
  /// The device's context is current, or the device is lost.
  ~StreamEvents();
  StreamEvents(const StreamEvents&) = delete;
  StreamEvents& operator=(const StreamEvents&) = delete;

  /// Records an event for all that is enqueued, `point` being the last of it. By whoever enqueues.
  Result record(StreamPoint point) noexcept;

  /// The event that covers the point with the least beyond it, recorded now if there is none; `enqueued` is a point
  /// that was enqueued before the call and is not below `point`. From any thread. No event if recording failed.
  [[nodiscard]] CoveringEvent find(StreamPoint point, StreamPoint enqueued, Result& result) noexcept;

 private:
  struct Slot {
    EventHandle event = nullptr;
    std::atomic<StreamPoint> point{0};
  };

  [[nodiscard]] CoveringEvent nearest(StreamPoint point) const noexcept;

  CudaDevice& device_;
  const StreamHandle stream_;
  std::array<Slot, 32> ring_;
  std::size_t next_ = 0;  // Of the ring; whoever enqueues.

  std::mutex late_mutex_;  // Of those that ask, never of those that enqueue.
  std::array<Slot, 4> late_;
};

}  // namespace dotcompute::cuda
