#pragma once

/// Bytes on their way between two devices, and between a device and ordinary memory of the host.
///
/// What goes over pinned memory goes in chunks, two at a time: while one is on its way to its end, the next one is on
/// its way from its beginning.

#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/pinned_chunks.hpp>
#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute::detail {

/// Where bytes go, and the stream that takes them there.
struct TransferTarget {
  SharedStream& stream;
  DeviceMemory& memory;
  std::uint64_t offset_bytes = 0;
};

/// Where bytes come from, and the stream that reads them. What wrote them comes before what is enqueued there.
struct TransferSource {
  SharedStream& stream;
  const DeviceMemory& memory;
  std::uint64_t offset_bytes = 0;
};

/// Whether the bytes need not pass the host.
[[nodiscard]] DOTCOMPUTE_API bool goes_directly(const DeviceAccelerator& from, const DeviceAccelerator& to) noexcept;

struct TransferOptions {
  std::uint64_t size_bytes = 0;
  /// As many bytes of the host's that get a copy where the bytes pass the host, and are read until the transfer is
  /// over. May be empty.
  std::span<std::byte> host = {};
};

/// Copies from one device to another: directly where `goes_directly`, in the target's stream; else over the host, in
/// chunks. Gives the mark behind which the bytes are there. Where they pass the host, they have been read when this
/// returns, and the host's copy is complete; a direct copy reads until the mark. `chunks` are the target's. The caller
/// holds no stream's lock, and sees to it that others leave both memories alone. Throws DeviceError and
/// OutOfMemoryError; what was enqueued before goes on.
DOTCOMPUTE_API StreamMark transfer(PinnedChunks& chunks, const TransferTarget& to, const TransferSource& from,
                                   const TransferOptions& options);

/// Enqueues a copy of the host's memory, staged through chunks where the device says that this is faster and there are
/// any. `from` is as it is for Stream::write. The caller has locked the stream.
DOTCOMPUTE_API StreamPoint write_staged(PinnedChunks& chunks, const TransferTarget& to,
                                        std::span<const std::byte> from);

/// Copies to the host's memory, staged likewise, and returns when the bytes are there. The caller holds no stream's
/// lock, and sees to it that others leave the memory alone.
DOTCOMPUTE_API void read_staged(PinnedChunks& chunks, std::span<std::byte> to, const TransferSource& from);

}  // namespace dotcompute::detail
