#pragma once

/// What one runtime has on one device: its streams, and the buffers with a replica there.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/pinned_chunks.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute::detail {

class BufferStorage;

/// A place in the list of a session's replicas; the session's lock guards it.
struct ReplicaLink {
  BufferStorage* storage = nullptr;
  ReplicaLink* before = nullptr;
  ReplicaLink* after = nullptr;
};

/// Belongs to the process that made it: a child that was forked off has neither the driver's threads nor a right to its
/// memory. Thread-safe. Destroyed before its accelerator and when no launch is under way; buffers may live on.
class DOTCOMPUTE_API DeviceSession {
 public:
  static constexpr std::size_t stream_count = 4;

  explicit DeviceSession(DeviceAccelerator& accelerator);
  DeviceSession(const DeviceSession&) = delete;
  DeviceSession& operator=(const DeviceSession&) = delete;
  /// Copies home what only this device has; what cannot be copied is lost, which the buffer tells whoever uses it.
  ~DeviceSession();

  [[nodiscard]] DeviceAccelerator& accelerator() const noexcept { return accelerator_; }

  /// The stream of the calling thread, which shares it with others; opened when first wanted. It lives as long as the
  /// session. Throws DeviceError if this process did not make the session or the device is lost.
  [[nodiscard]] SharedStream& stream();

  /// A stream that failed stays so: later launches get another in its place.
  void retire(const SharedStream& failed) noexcept;
  [[nodiscard]] bool is_retired(const SharedStream& stream) const noexcept;

  /// Whether the calling process was forked off the one that made the session.
  [[nodiscard]] bool is_foreign() const noexcept;
  /// Throws DeviceError if it was.
  void check_process() const;

  /// `size_bytes` of the device's memory; blocks kept for launches give way. Throws OutOfMemoryError.
  [[nodiscard]] std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes);
  /// The same for a launch on `stream`, whose lock the caller does not hold.
  [[nodiscard]] DeviceMemory& take_block(SharedStream& stream, std::uint64_t size_bytes);

  /// Through which this device's transfers are staged.
  [[nodiscard]] PinnedChunks& chunks() noexcept { return *chunks_; }

  void add(ReplicaLink& replica) noexcept;
  void remove(ReplicaLink& replica) noexcept;

 private:
  [[nodiscard]] SharedStream& open_stream(std::size_t index);
  void free_idle_blocks() noexcept;
  void send_buffers_home() noexcept;

  DeviceAccelerator& accelerator_;
  std::uint32_t process_;
  std::array<std::atomic<SharedStream*>, stream_count> current_{};
  std::mutex streams_mutex_;
  std::vector<std::unique_ptr<SharedStream>> streams_;  ///< Retired ones too: marks of buffers name them.
  std::unique_ptr<PinnedChunks> chunks_;                ///< Goes before the streams that use it.
  std::mutex replicas_mutex_;
  ReplicaLink* replicas_ = nullptr;
};

}  // namespace dotcompute::detail
