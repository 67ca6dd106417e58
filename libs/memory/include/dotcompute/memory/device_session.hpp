#pragma once

/// What one runtime has on one device: its streams, and the buffers with a replica there.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <source_location>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/memory_options.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/memory_statistics.hpp>
#include <dotcompute/memory/pinned_chunks.hpp>
#include <dotcompute/memory/pinned_memory_pool.hpp>
#include <dotcompute/memory/session_memory.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute::detail {

/// Belongs to the process that made it: a child that was forked off has neither the driver's threads nor a right to its
/// memory. Thread-safe. Destroyed before its accelerator and when no launch is under way; buffers may live on.
class DOTCOMPUTE_API DeviceSession final : public AcceleratorUser {
 public:
  static constexpr std::size_t stream_count = 4;

  explicit DeviceSession(DeviceAccelerator& accelerator, const AcceleratorMemoryOptions& memory = {});
  DeviceSession(const DeviceSession&) = delete;
  DeviceSession& operator=(const DeviceSession&) = delete;
  /// Copies home what only this device has; what cannot be copied is lost, which the buffer tells whoever uses it.
  ~DeviceSession();

  [[nodiscard]] DeviceAccelerator& accelerator() const noexcept { return accelerator_; }

  /// A stream that has nothing to do, if there is one; the calling thread's own first, so that a thread that launches
  /// and waits keeps to one. Opened when first wanted; it lives as long as the session. Throws DeviceError if this
  /// process did not make the session or the device is lost.
  [[nodiscard]] SharedStream& stream();

  /// A stream that `stream` does not give to others, until it is taken back. Throws as `stream`.
  [[nodiscard]] SharedStream& lend_stream();
  void take_back(SharedStream& lent) noexcept;
  [[nodiscard]] static bool is_lent(const SharedStream& stream) noexcept { return stream.index() >= stream_count; }

  /// A stream that failed stays so: later launches get another in its place.
  void retire(SharedStream& failed) noexcept;
  [[nodiscard]] static bool is_retired(const SharedStream& stream) noexcept { return stream.is_retired(); }

  /// Whether the calling process was forked off the one that made the session.
  [[nodiscard]] bool is_foreign() const noexcept;
  /// Throws DeviceError if it was.
  void check_process() const;

  /// What it has of the device's memory.
  [[nodiscard]] SessionMemory& memory() noexcept { return *memory_; }
  /// Pinned memory, through which its transfers are staged.
  [[nodiscard]] PinnedChunks& chunks() noexcept { return *chunks_; }

  /// The device's pinned memory, made when first wanted; null where it has none. Throws OutOfMemoryError, and
  /// DeviceError if the device is lost or this process did not make the session.
  [[nodiscard]] PinnedMemoryPool* pinned_memory();

 private:
  [[nodiscard]] SharedStream& open_stream(std::size_t index);
  /// The lock of the streams is held.
  [[nodiscard]] SharedStream& make_stream(std::size_t index);

  DeviceAccelerator& accelerator_;
  std::uint32_t process_;
  std::array<std::atomic<SharedStream*>, stream_count> current_{};
  std::mutex pinned_mutex_;
  bool asked_for_pinned_ = false;
  std::unique_ptr<PinnedMemoryPool> pinned_;  ///< Goes after the streams, which copy from there and to it.
  std::mutex streams_mutex_;
  std::vector<SharedStream*> idle_lent_;                ///< To be lent again.
  std::vector<std::unique_ptr<SharedStream>> streams_;  ///< Retired ones too: marks of buffers name them.
  std::unique_ptr<SessionMemory> memory_;               ///< Goes before the streams, which its blocks are in use on,
  std::unique_ptr<PinnedChunks> chunks_;                ///< as these do.
};

/// What a runtime has on the device; null for one that uses the host's memory. Throws MemoryError for a device with
/// memory of its own that belongs to no runtime.
[[nodiscard]] DOTCOMPUTE_API DeviceSession* session_of(const Accelerator& accelerator);

}  // namespace dotcompute::detail
