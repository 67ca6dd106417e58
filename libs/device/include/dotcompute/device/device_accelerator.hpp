#pragma once

/// A device with memory of its own. Data and launches go to it through streams.
///
///     auto memory = accelerator.allocate(bytes);
///     auto kernel = accelerator.load(definition, accelerator.build(definition));
///     auto stream = accelerator.create_stream();
///     stream->write(*memory, 0, host_bytes);
///     stream->launch(*kernel, launch);
///     stream->wait(stream->read(host_bytes, *memory, 0));

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/accelerator.hpp>

namespace dotcompute {

/// A block of a device's memory. Destroying it gives it back: no work that uses it may then be under way.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const noexcept = 0;

  /// What the driver calls the block: a cl_mem, a CUdeviceptr, an address of the host. It stays this object's, and is
  /// valid as long as that lives. 0 where there is none.
  [[nodiscard]] virtual std::uintptr_t native_handle() const noexcept { return 0; }
};

/// Memory of the host that the device's driver reads and writes without a copy of its own, so that transfers are fast
/// and run while the host does something else. Destroying it gives it back: no transfer may then be under way. It goes
/// before its Accelerator.
class PinnedMemory {
 public:
  virtual ~PinnedMemory() = default;
  /// The same as long as this lives; aligned for any type.
  [[nodiscard]] virtual std::span<std::byte> bytes() const noexcept = 0;
};

/// Who gives back an object of a driver's.
enum class Ownership {
  borrowed,  ///< Whoever had it, after the one who borrows it.
  taken,     ///< Whoever took it.
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

  /// Copies within the memory of this stream's device, or between it and that of a device of which `can_access_peer`
  /// says yes. The parts lie inside their blocks and do not overlap.
  virtual StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                           std::uint64_t from_offset_bytes, std::uint64_t size_bytes) = 0;

  /// Runs a kernel of this stream's device. Allocates nothing when warm. Throws ExecutionError for a launch beyond the
  /// device's limits, with kernel, values and limit.
  virtual StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) = 0;

  /// Whatever is enqueued from now on begins after `other` has reached a point of its own, and fails where that failed.
  /// `other` is of the same device or of one that `can_access_peer` says yes of, and lives until it is there.
  virtual StreamPoint wait_for(const Stream& other, StreamPoint point) = 0;

  /// From any thread. True also when the stream failed, which `wait` reports.
  [[nodiscard]] virtual bool is_reached(StreamPoint point) const noexcept = 0;

  /// Blocks until the point is reached. From any thread. Throws DeviceError if an operation up to it failed, naming the
  /// kernel; a stream that failed once keeps failing.
  virtual void wait(StreamPoint point) const = 0;
};

/// Whoever has a device to itself. Made by deriving from it.
class AcceleratorUser {
 protected:
  AcceleratorUser() = default;
  ~AcceleratorUser() = default;
};

class DOTCOMPUTE_API DeviceAccelerator : public Accelerator {
 public:
  /// For the library: what a runtime has on the device, for those who are given the device alone. Null without one.
  [[nodiscard]] AcceleratorUser* user() const noexcept { return user_.load(std::memory_order_acquire); }
  void set_user(AcceleratorUser* user) noexcept { user_.store(user, std::memory_order_release); }

  /// Throws OutOfMemoryError, with what was asked for and what there is.
  [[nodiscard]] virtual std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) = 0;

  /// Null where the device has no such memory. Throws OutOfMemoryError, and DeviceError if the device is lost.
  [[nodiscard]] virtual std::unique_ptr<PinnedMemory> allocate_pinned([[maybe_unused]] std::uint64_t size_bytes) {
    return nullptr;
  }

  /// A block that others made, by what their code of the driver's calls it: of `native_context()`, at least
  /// `size_bytes` long. A borrowed one stays its owner's and outlives what is returned; one that is taken is given back
  /// with it, and stays the caller's if this throws. Throws DeviceError if the device takes none, or not this one.
  [[nodiscard]] virtual std::unique_ptr<DeviceMemory> adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                                            Ownership ownership);

  /// What the driver calls the place where the device's blocks live: a cl_context, a CUcontext. It stays the device's.
  /// 0 where there is none. Throws DeviceError if it cannot be had.
  [[nodiscard]] virtual std::uintptr_t native_context() { return 0; }

  /// Whether streams of this device copy from and to the other's memory and wait for the other's streams, without the
  /// host in between. False for itself, which needs no leave.
  [[nodiscard]] virtual bool can_access_peer([[maybe_unused]] const DeviceAccelerator& other) const noexcept {
    return false;
  }

  [[nodiscard]] virtual std::unique_ptr<Stream> create_stream() = 0;

  /// Compiles a kernel for this device, to bytes that any process with an equal `info().driver` may load. Throws
  /// CompilationError with the vendor compiler's log as its cause, and DeviceError with `refusal`'s reason.
  [[nodiscard]] virtual std::vector<std::byte> build(const KernelDefinition& kernel) = 0;

  /// Throws DeviceError if `image` is no image of this device.
  [[nodiscard]] virtual std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel,
                                                           std::span<const std::byte> image) = 0;

  /// Why the device can do no more work, in a sentence; empty while it can. A lost device stays lost.
  [[nodiscard]] virtual std::optional<std::string> loss() const = 0;

 private:
  std::atomic<AcceleratorUser*> user_{nullptr};
};

}  // namespace dotcompute
