#pragma once

/// The spans of one launch, and where their elements are on a device with memory of its own.

#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/memory_pool.hpp>
#include <dotcompute/runtime/calls.hpp>

#include "place.hpp"
#include "plan.hpp"
#include "small_array.hpp"

namespace dotcompute::detail {

/// A span argument: plain memory, or a part of a buffer. Two that are the same memory share what the first of them,
/// their owner, has.
struct PlacedSpan {
  const PlannedParameter* parameter = nullptr;
  std::byte* data = nullptr;  ///< On the host.
  std::uint64_t size_bytes = 0;
  std::uint64_t count = 0;          ///< In elements.
  BufferStorage* buffer = nullptr;  ///< Null for plain memory, which gets
  PoolBlock block;                  ///< this for the launch.
  PlacedSpan* owner = nullptr;
  bool is_written = false;  ///< Of an owner: by any of the parameters that it is passed for.

  [[nodiscard]] bool is_owner() const noexcept { return owner == this; }
  [[nodiscard]] Use use() const noexcept { return is_written ? Use::update : Use::read; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data, size_bytes}; }
  /// Of its buffer.
  [[nodiscard]] ByteRange range() const noexcept { return range_within(*buffer, data, size_bytes); }
};

class DeviceArguments {
 public:
  /// Reads the spans out of the call's block.
  explicit DeviceArguments(const BoundCall& bound);

  [[nodiscard]] std::span<PlacedSpan> spans() noexcept { return spans_.elements(); }
  /// What the device is told of them, whose memory there they have by now; valid while this object lives.
  [[nodiscard]] std::span<const DeviceSpan> describe(const DeviceSession& session) noexcept;
  /// The memory that plain arguments have there is free for others, behind the last operation that uses it.
  void give_back_blocks(const StreamMark& last_use) noexcept;

 private:
  static constexpr std::size_t few = 8;

  SmallArray<PlacedSpan, few> spans_;
  SmallArray<DeviceSpan, few> device_spans_;
};

/// The locks of a call's buffers, taken in the order of their addresses so that calls cannot wait for each other.
class BufferLocks {
 public:
  explicit BufferLocks(std::span<const PlacedSpan> spans);
  BufferLocks(const BufferLocks&) = delete;
  BufferLocks& operator=(const BufferLocks&) = delete;
  ~BufferLocks();

 private:
  SmallArray<BufferStorage*, 8> room_;
  std::span<BufferStorage*> buffers_;
};

}  // namespace dotcompute::detail
