#pragma once

/// Streams for programs that order launches themselves.
///
///     auto load = runtime.create_stream("opencl:0");
///     auto work = runtime.create_stream("opencl:0");
///     auto first = runtime.on(load).execute(demo::scale, 2.0, x);
///     work.wait_for(load.record());                        // what comes next on `work` begins after `first`
///     auto second = runtime.on(work).execute(demo::scale, 3.0, y);
///     work.wait();

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

namespace detail {
class EventCore;
class RuntimeCore;
class StreamCore;
}  // namespace detail

/// A moment of a stream: reached when every launch that the stream was given before is complete. A value; copies are
/// the same event. It must not outlive its Runtime. Thread-safe.
class DOTCOMPUTE_API Event {
 public:
  [[nodiscard]] bool is_reached() const noexcept;
  /// Returns when it is reached. Throws DeviceError if the device failed before.
  void wait() const;

 private:
  friend class LaunchStream;
  explicit Event(std::shared_ptr<detail::EventCore> core) noexcept : core_(std::move(core)) {}

  /// Shared by the copies, and by the launches and streams that wait for it.
  std::shared_ptr<detail::EventCore> core_;
};

/// Launches that are given to a stream with `on(stream)` run one after the other, on any device; those of different
/// streams run at once as far as the buffers that they share allow. Nobody needs a stream for right results: launches
/// of a buffer are in order without. A move-only handle; it must not outlive its Runtime. Thread-safe but for moving.
///
/// Launches that are under way when it is destroyed go on. What is done with a stream that was moved from throws
/// ExecutionError.
class DOTCOMPUTE_API LaunchStream {
 public:
  LaunchStream(LaunchStream&& other) noexcept = default;
  LaunchStream& operator=(LaunchStream&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~LaunchStream();

  /// The id of its device: "opencl:0".
  [[nodiscard]] std::string_view accelerator() const;

  /// The moment when what the stream was given so far is complete.
  [[nodiscard]] Event record() const;
  /// Launches that the stream is given from now on begin when the event is reached, of whatever device it is. Returns
  /// at once. Throws DeviceError if the thread that this needs cannot be started.
  void wait_for(const Event& event) const;
  /// Returns when everything that the stream was given is complete. Throws DeviceError if the device failed.
  void wait() const;

 private:
  friend class Launcher;
  friend class detail::RuntimeCore;
  explicit LaunchStream(std::shared_ptr<detail::StreamCore> core) noexcept : core_(std::move(core)) {}
  [[nodiscard]] const std::shared_ptr<detail::StreamCore>& core() const;

  /// Shared with the launches that were given to it and its events.
  std::shared_ptr<detail::StreamCore> core_;
};

}  // namespace dotcompute
