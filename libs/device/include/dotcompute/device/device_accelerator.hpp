#pragma once

/// A device with memory of its own. Data and launches go to it through streams.
///
///     auto memory = accelerator.allocate(bytes);
///     auto kernel = accelerator.load(definition, accelerator.build(definition));
///     auto stream = accelerator.create_stream();
///     stream->write(*memory, 0, host_bytes);
///     stream->launch(*kernel, launch);
///     stream->wait(stream->read(host_bytes, *memory, 0));

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/device/accelerator.hpp>

namespace dotcompute {

/// A block of a device's memory. Destroying it gives it back: no work that uses it may then be under way.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept = 0;
};

/// A kernel made ready for one device. Valid while its Accelerator and the object that holds the kernel's record live.
/// Several streams may launch it at once.
class DeviceKernel {
 public:
  virtual ~DeviceKernel() = default;
};

/// The elements of a span parameter, in the device's memory. `offset_bytes` is a multiple of the element's size.
struct DeviceSpan {
  const DeviceMemory* memory = nullptr;  ///< May be null where `count` is 0.
  std::uint64_t offset_bytes = 0;
  std::uint64_t count = 0;  ///< In elements.
};

/// One launch as a device sees it. Everything here is borrowed for the call to Stream::launch only; the memory itself
/// stays valid until the launch is complete.
struct DeviceLaunch {
  const std::byte* arguments = nullptr;  ///< The argument block. Values are read from it; the spans' data is not.
  std::span<const DeviceSpan> spans;     ///< One for each span parameter, in order.
  dotcompute_grid grid{{1, 1, 1}};       ///< In work-items; none of them is 0.
  dotcompute_grid group{{0, 0, 0}};      ///< In work-items; zeros leave it to the device.
};

/// Counts the operations of a stream: a point is reached when that many are complete.
using StreamPoint = std::uint64_t;

/// An in-order queue of operations of one device. The enqueueing members take one caller at a time; they return as soon
/// as the operation is queued and give the point at which it will be complete. They throw DeviceError if the device is
/// lost, and OutOfMemoryError.
class Stream {
 public:
  /// Waits for the stream's operations.
  virtual ~Stream() = default;

  /// Copies host memory to the device. `from` stays valid and unchanged until the point is reached.
  virtual StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) = 0;

  /// Copies the device's memory to the host. `to` stays valid and untouched until the point is reached.
  virtual StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) = 0;

  /// Runs a kernel of this stream's device. Allocates nothing when warm. Throws ExecutionError for a launch beyond the
  /// device's limits, with kernel, values and limit.
  virtual StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) = 0;

  /// Whatever is enqueued from now on begins after another stream of the same device has reached a point of its own.
  virtual StreamPoint wait_for(const Stream& other, StreamPoint point) = 0;

  /// From any thread. True also when the stream failed, which `wait` reports.
  [[nodiscard]] virtual bool is_reached(StreamPoint point) const noexcept = 0;

  /// Blocks until the point is reached. From any thread. Throws DeviceError if an operation up to it failed, naming the
  /// kernel; a stream that failed once keeps failing.
  virtual void wait(StreamPoint point) const = 0;
};

class DeviceAccelerator : public Accelerator {
 public:
  /// Throws OutOfMemoryError, with what was asked for and what there is.
  [[nodiscard]] virtual std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) = 0;

  [[nodiscard]] virtual std::unique_ptr<Stream> create_stream() = 0;

  /// Compiles a kernel for this device, to bytes that any process with an equal `info().driver` may load. Throws
  /// CompilationError with the vendor compiler's log as its cause, and DeviceError with `refusal`'s reason.
  [[nodiscard]] virtual std::vector<std::byte> build(const KernelDefinition& kernel) = 0;

  /// Throws DeviceError if `image` is no image of this device.
  [[nodiscard]] virtual std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel,
                                                           std::span<const std::byte> image) = 0;

  /// Why the device can do no more work, in a sentence; empty while it can. A lost device stays lost.
  [[nodiscard]] virtual std::optional<std::string> loss() const = 0;
};

}  // namespace dotcompute
