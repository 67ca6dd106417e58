#pragma once

/// A buffer's copy in the memory of one device.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute::detail {

/// The memory, and which operations of which streams still use it. Not thread-safe: its storage's lock guards it.
class DeviceReplica {
 public:
  /// Allocates. Throws OutOfMemoryError.
  DeviceReplica(BufferStorage& storage, DeviceSession& session, std::uint64_t size_bytes);
  DeviceReplica(const DeviceReplica&) = delete;
  DeviceReplica& operator=(const DeviceReplica&) = delete;
  /// Waits for the operations that use it.
  ~DeviceReplica();

  [[nodiscard]] DeviceSession& session() const noexcept { return session_; }
  [[nodiscard]] DeviceMemory& memory() const noexcept { return *memory_; }

  /// Copies all of it to the host and returns when that is done. Throws DeviceError if it cannot, or if what wrote the
  /// memory failed.
  void download(std::span<std::byte> to) const;

  /// Enqueues a copy from the host, after everything that uses the memory. `stream` is locked by the caller.
  void upload(SharedStream& stream, std::span<const std::byte> from);
  /// Returns when no copy reads the host's memory any more.
  void wait_for_upload() const noexcept;

  /// Has what is enqueued on `stream` from now on begin after what it must not overtake: the last write, and for a
  /// write every use. `stream` is locked by the caller. Throws DeviceError if the last write is known to have failed.
  void order_after_uses(SharedStream& stream, bool writes) const;
  /// An operation that was enqueued uses the memory until `mark`.
  void note_use(const StreamMark& mark, bool writes) noexcept;
  [[nodiscard]] const StreamMark& last_write() const noexcept { return last_write_; }

 private:
  void order_after_every_use(SharedStream& stream) const;
  static void order_after(SharedStream& stream, const StreamMark& mark);

  DeviceSession& session_;
  std::unique_ptr<DeviceMemory> memory_;
  StreamMark last_write_;
  StreamMark last_upload_;
  std::array<StreamMark, DeviceSession::stream_count> last_uses_{};
  ReplicaLink link_;
};

}  // namespace dotcompute::detail
