#include <dotcompute/memory/peer_transfer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>

namespace dotcompute::detail {

namespace {

/// Shorter copies are staged by the driver itself, in one piece.
constexpr std::uint64_t least_staged_bytes = std::uint64_t{64} << 10;

/// The parts of a transfer.
class Parts {
 public:
  Parts(std::uint64_t size_bytes, std::uint64_t part_bytes) noexcept : size_(size_bytes), part_(part_bytes) {}

  [[nodiscard]] std::uint64_t count() const noexcept { return (size_ + part_ - 1) / part_; }
  [[nodiscard]] std::uint64_t offset(std::uint64_t index) const noexcept { return index * part_; }
  [[nodiscard]] std::uint64_t size(std::uint64_t index) const noexcept {
    return std::min(part_, size_ - offset(index));
  }

 private:
  std::uint64_t size_;
  std::uint64_t part_;
};

StreamMark enqueue_read(const TransferSource& from, std::uint64_t at_bytes, std::span<std::byte> to) {
  const std::lock_guard lock(from.stream.mutex());
  return {&from.stream, from.stream.stream().read(to, from.memory, from.offset_bytes + at_bytes)};
}

StreamMark enqueue_write(const TransferTarget& to, std::uint64_t at_bytes, std::span<const std::byte> from) {
  const std::lock_guard lock(to.stream.mutex());
  return {&to.stream, to.stream.stream().write(to.memory, to.offset_bytes + at_bytes, from)};
}

StreamMark copy_directly(const TransferTarget& to, const TransferSource& from, std::uint64_t size_bytes) {
  // What the source's stream has to do before it would read; an operation of no bytes gives that a point.
  StreamMark behind;
  if (&from.stream != &to.stream) behind = enqueue_read(from, 0, {});
  const std::lock_guard lock(to.stream.mutex());
  Stream& stream = to.stream.stream();
  if (!behind.is_reached()) stream.wait_for(from.stream.stream(), behind.point);
  return {&to.stream, stream.copy(to.memory, to.offset_bytes, from.memory, from.offset_bytes, size_bytes)};
}

/// Two chunks; the second is none where there are no two to be had.
std::array<Chunk, 2> take_pair(PinnedChunks& chunks, const SharedStream& stream) {
  return {chunks.take(stream), chunks.take(stream)};
}

/// The memory that the parts pass on the host, two of them at a time. Waits for what uses it when it goes.
class Way {
 public:
  /// Pinned chunks; without any the host's own copy; without that, memory of its own.
  Way(PinnedChunks& chunks, const TransferTarget& to, const TransferSource& from, std::span<std::byte> host,
      bool wants_pinned, std::uint64_t part_bytes)
      : source_(from.stream),
        host_(host),
        part_bytes_(part_bytes),
        chunks_(wants_pinned || host.empty() ? take_pair(chunks, to.stream) : std::array<Chunk, 2>()) {
    if (!chunks_[1] && host.empty()) own_ = std::make_unique<std::byte[]>(2 * part_bytes);
  }
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  ~Way() {
    for (const StreamMark& use : uses_) {
      // Chunks may remember the target's stream, whose device they are of, and not the source's, which may go first.
      if (own_ == nullptr && use.stream != &source_) continue;
      try {
        use.wait();
      } catch (...) {
        // A stream that failed uses nothing any more; whoever waits for the transfer is told.
      }
    }
  }

  [[nodiscard]] std::span<std::byte> place(const Parts& parts, std::uint64_t index) const {
    const std::uint64_t size = parts.size(index);
    if (chunks_[1]) return chunks_[index % 2].bytes().first(size);
    if (own_ != nullptr) return {own_.get() + (index % 2) * part_bytes_, size};
    return host_.subspan(parts.offset(index), size);
  }
  /// Returns when the part's place is free for it.
  void wait_for_place(std::uint64_t index) const {
    if (chunks_[1] || own_ != nullptr) uses_[index % 2].wait();
  }
  void note_use(std::uint64_t index, const StreamMark& mark) noexcept {
    uses_[index % 2] = mark;
    if (chunks_[1]) chunks_[index % 2].note_use(mark);
  }
  /// Has the host's copy of a part that has arrived.
  void keep(const Parts& parts, std::uint64_t index) const {
    if (host_.empty() || (!chunks_[1] && own_ == nullptr)) return;
    const std::span<std::byte> arrived = place(parts, index);
    std::memcpy(host_.data() + parts.offset(index), arrived.data(), arrived.size());
  }

 private:
  const SharedStream& source_;
  std::span<std::byte> host_;
  std::uint64_t part_bytes_;
  std::array<Chunk, 2> chunks_;
  std::unique_ptr<std::byte[]> own_;
  std::array<StreamMark, 2> uses_;
};

StreamMark copy_over_host(PinnedChunks& chunks, const TransferTarget& to, const TransferSource& from,
                          const TransferOptions& options) {
  const std::uint64_t part_bytes = std::min(chunks.chunk_bytes(), options.size_bytes);
  const Parts parts(options.size_bytes, part_bytes);
  const bool wants_pinned =
      from.stream.accelerator().info().stages_pageable || to.stream.accelerator().info().stages_pageable;
  Way way(chunks, to, from, options.host, wants_pinned, part_bytes);
  const auto begin = [&](std::uint64_t index) {
    way.wait_for_place(index);
    const StreamMark mark = enqueue_read(from, parts.offset(index), way.place(parts, index));
    way.note_use(index, mark);
    return mark;
  };
  StreamMark written;
  StreamMark arriving = begin(0);
  for (std::uint64_t index = 0; index < parts.count(); ++index) {
    const StreamMark arrived = arriving;
    // The next part is on its way here before this one is sent on.
    if (index + 1 < parts.count()) arriving = begin(index + 1);
    arrived.wait();
    written = enqueue_write(to, parts.offset(index), way.place(parts, index));
    way.note_use(index, written);
    way.keep(parts, index);
  }
  return written;
}

}  // namespace

bool goes_directly(const DeviceAccelerator& from, const DeviceAccelerator& to) noexcept {
  return &from == &to || to.can_access_peer(from);
}

StreamMark transfer(PinnedChunks& chunks, const TransferTarget& to, const TransferSource& from,
                    const TransferOptions& options) {
  if (options.size_bytes == 0) return {};
  if (goes_directly(from.stream.accelerator(), to.stream.accelerator())) {
    return copy_directly(to, from, options.size_bytes);
  }
  return copy_over_host(chunks, to, from, options);
}

StreamPoint write_staged(PinnedChunks& chunks, const TransferTarget& to, std::span<const std::byte> from) {
  Stream& stream = to.stream.stream();
  if (to.stream.accelerator().info().stages_pageable && from.size() >= least_staged_bytes) {
    std::array<Chunk, 2> pair = take_pair(chunks, to.stream);
    const Parts parts(from.size(), chunks.chunk_bytes());
    StreamPoint point = 0;
    for (std::uint64_t index = 0; pair[1] && index < parts.count(); ++index) {
      Chunk& chunk = pair[index % 2];
      chunk.wait();
      const std::span<std::byte> staged = chunk.bytes().first(parts.size(index));
      std::memcpy(staged.data(), from.data() + parts.offset(index), staged.size());
      point = stream.write(to.memory, to.offset_bytes + parts.offset(index), staged);
      chunk.note_use({&to.stream, point});
    }
    if (pair[1]) return point;
  }
  return stream.write(to.memory, to.offset_bytes, from);
}

void read_staged(PinnedChunks& chunks, std::span<std::byte> to, const TransferSource& from) {
  if (from.stream.accelerator().info().stages_pageable && to.size() >= least_staged_bytes) {
    std::array<Chunk, 2> pair = take_pair(chunks, from.stream);
    const Parts parts(to.size(), chunks.chunk_bytes());
    const auto place = [&](std::uint64_t index) { return pair[index % 2].bytes().first(parts.size(index)); };
    const auto begin = [&](std::uint64_t index) {
      pair[index % 2].note_use(enqueue_read(from, parts.offset(index), place(index)));
    };
    if (pair[1]) {
      begin(0);
      for (std::uint64_t index = 0; index < parts.count(); ++index) {
        if (index + 1 < parts.count()) begin(index + 1);
        pair[index % 2].wait();
        std::memcpy(to.data() + parts.offset(index), place(index).data(), place(index).size());
      }
      return;
    }
  }
  enqueue_read(from, 0, to).wait();
}

}  // namespace dotcompute::detail
