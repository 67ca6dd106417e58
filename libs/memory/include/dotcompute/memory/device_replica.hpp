#pragma once

/// A buffer's copy in the memory of one device.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/byte_range.hpp>
#include <dotcompute/memory/coherence.hpp>
#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute::detail {

/// An operation that uses a part of a replica until `mark` is reached. Of a stream of a peer where that copies from
/// here.
struct ReplicaUse {
  ByteRange range;
  StreamMark mark;
  bool writes = false;
};

/// A write that failed, and what its stream said.
struct FailedWrite {
  ByteRange range;
  std::string why;
};

/// The memory, and which operations of which streams still use which part of it. Not thread-safe: its storage's lock
/// guards it. Streams that are given are locked by the caller.
class DOTCOMPUTE_API DeviceReplica {
 public:
  /// Allocates, most likely for `first_user`; other replicas may have to go for it. Throws OutOfMemoryError.
  DeviceReplica(BufferStorage& storage, DeviceSession& session, std::uint64_t size_bytes,
                const SharedStream* first_user = nullptr);
  /// Memory that was made elsewhere.
  DeviceReplica(BufferStorage& storage, DeviceSession& session, std::unique_ptr<DeviceMemory> memory);
  DeviceReplica(const DeviceReplica&) = delete;
  DeviceReplica& operator=(const DeviceReplica&) = delete;
  /// Waits for copies from the host's memory; others may still be under way, which the next user of the memory is
  /// ordered behind.
  ~DeviceReplica();

  [[nodiscard]] DeviceSession& session() const noexcept { return session_; }
  [[nodiscard]] DeviceMemory& memory() const noexcept { return adopted_ == nullptr ? block_.memory() : *adopted_; }
  [[nodiscard]] bool is_of_pool() const noexcept { return adopted_ == nullptr; }
  /// Others know the memory, or made it: it is not given up to make room.
  void pin() noexcept { is_pinned_ = true; }
  [[nodiscard]] bool is_pinned() const noexcept { return is_pinned_; }
  /// Whether a stream of `device` can copy from here.
  [[nodiscard]] bool is_reachable_from(const DeviceSession& device) const noexcept;

  /// Copies a part to the host, where the whole buffer begins at `host`, and returns when that is done. The caller
  /// holds no stream's lock. Throws DeviceError if it cannot, or if what wrote the part failed.
  void download(std::byte* host, const ByteRange& range);
  /// Enqueues a copy of a part from the host, after everything that uses it.
  void upload(SharedStream& stream, const std::byte* host, const ByteRange& range);
  /// Copies a part from a replica of the same buffer that is not reachable, over the host's memory, which gets it too:
  /// in pieces, one of them coming while the one before it goes. The caller holds no stream's lock.
  void take_over_host(SharedStream& stream, DeviceReplica& peer, std::byte* host, const ByteRange& range);
  /// Enqueues a copy of a part from a replica of the same buffer that is reachable, after everything that uses it here,
  /// and what writes it there.
  void copy_from(SharedStream& stream, DeviceReplica& peer, const ByteRange& range);
  /// Returns when no copy reads this part of the host's memory any more.
  void wait_for_uploads(const ByteRange& range) const noexcept;

  /// Has what is enqueued on `stream` from now on begin after what it must not overtake in a part: writes, and for one
  /// that writes every use. Throws DeviceError if the content is wanted and what wrote it is known to have failed.
  void order_after_uses(SharedStream& stream, const ByteRange& range, Use use) const;
  /// The stream of something that is under way and that a use of a part must not overtake: what is enqueued there need
  /// not wait. Null if there is none, or the runtime may not choose it.
  [[nodiscard]] SharedStream* stream_of_uses(const ByteRange& range, Use use) const noexcept;
  /// An operation that was ordered so and enqueued uses the part until `mark`.
  void note_use(const StreamMark& mark, const ByteRange& range, Use use) noexcept;

  /// Forgets a write that failed on a stream that others have replaced since; empty if there is none. What it wrote is
  /// no content.
  [[nodiscard]] std::optional<FailedWrite> take_failed_write();
  /// Returns when nothing uses the memory any more.
  void wait_for_uses() const noexcept;
  /// Streams of this device are about to go: waits for what they copy from here.
  void forget_uses_by(const DeviceAccelerator& device) noexcept;

 private:
  /// A copy that reads the host's memory.
  struct Upload {
    ByteRange range;
    StreamMark mark;
  };

  static void order_after(SharedStream& stream, const ReplicaUse& use, bool wants_content);
  [[nodiscard]] SharedStream& stream_after_writes(const ByteRange& range) const;
  void note_write_from_host(const StreamMark& mark, const ByteRange& range);
  void note_upload(const StreamMark& mark, const ByteRange& range);
  void forget_reached_uses() noexcept;

  DeviceSession& session_;
  PoolBlock block_;
  std::unique_ptr<DeviceMemory> adopted_;  ///< In its place, where that is not null.
  std::vector<ReplicaUse> uses_;
  std::vector<Upload> uploads_;  ///< One for each stream at most.
  bool is_pinned_ = false;
  ReplicaLink link_;
};

}  // namespace dotcompute::detail
