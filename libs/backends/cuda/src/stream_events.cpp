#include "stream_events.hpp"

#include <algorithm>

namespace dotcompute::cuda {

namespace {

/// Waiting for such an event blocks the thread and leaves its processor to others.
constexpr unsigned event_flags = event_blocking_sync | event_disable_timing;

}  // namespace

StreamEvents::StreamEvents(CudaDevice& device, StreamHandle stream) : device_(device), stream_(stream) {
  const auto create = [&](Slot& slot) {
    const Result result = device_.driver().cuEventCreate(&slot.event, event_flags);
    if (result == Result::success) return;
    // The destructor does not run for an object that was not made.
    for (const Slot& each : ring_) {
      if (each.event != nullptr) device_.driver().cuEventDestroy(each.event);
    }
    for (const Slot& each : late_) {
      if (each.event != nullptr) device_.driver().cuEventDestroy(each.event);
    }
    device_.fail(result, "cuEventCreate", {});
  };
  std::ranges::for_each(ring_, create);
  std::ranges::for_each(late_, create);
}

StreamEvents::~StreamEvents() {
  if (device_.is_lost()) return;
  for (const Slot& slot : ring_) device_.driver().cuEventDestroy(slot.event);
  for (const Slot& slot : late_) device_.driver().cuEventDestroy(slot.event);
}

Result StreamEvents::record(StreamPoint point) noexcept {
  Slot& slot = ring_[next_];
  const Result result = device_.driver().cuEventRecord(slot.event, stream_);
  if (result != Result::success) return result;
  slot.point.store(point, std::memory_order_release);
  next_ = (next_ + 1) % ring_.size();
  return result;
}

CoveringEvent StreamEvents::nearest(StreamPoint point) const noexcept {
  CoveringEvent best;
  const auto consider = [&](const Slot& slot) {
    const StreamPoint covered = slot.point.load(std::memory_order_acquire);
    if (covered >= point && (best.event == nullptr || covered < best.point)) best = {slot.event, covered};
  };
  std::ranges::for_each(ring_, consider);
  std::ranges::for_each(late_, consider);
  return best;
}

CoveringEvent StreamEvents::find(StreamPoint point, StreamPoint enqueued, Result& result) noexcept {
  result = Result::success;
  if (const CoveringEvent found = nearest(point); found.event != nullptr) return found;
  const std::lock_guard lock(late_mutex_);
  // Another may have asked meanwhile.
  if (const CoveringEvent found = nearest(point); found.event != nullptr) return found;
  Slot& slot =
      *std::ranges::min_element(late_, {}, [](const Slot& each) { return each.point.load(std::memory_order_relaxed); });
  result = device_.driver().cuEventRecord(slot.event, stream_);
  if (result != Result::success) return {};
  slot.point.store(enqueued, std::memory_order_release);
  return {slot.event, enqueued};
}

}  // namespace dotcompute::cuda
