#pragma once

/// The operations that may still use a piece of device memory: at most one point for each stream.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <dotcompute/memory/shared_stream.hpp>

namespace dotcompute::detail {

/// Allocates nothing while few streams are involved. Not thread-safe.
class StreamMarks {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::span<const StreamMark> marks() const noexcept {
    return many_.empty() ? std::span<const StreamMark>(few_.data(), count_) : std::span<const StreamMark>(many_);
  }

  /// Whether every operation is on this stream, so that what it runs from now on comes after them.
  [[nodiscard]] bool are_all_on(const SharedStream* stream) const noexcept {
    return std::ranges::all_of(marks(), [&](const StreamMark& mark) { return mark.stream == stream; });
  }

  /// A later point of a stream replaces an earlier one. Where there is no room to remember it, waits for it.
  void add(const StreamMark& mark) noexcept;
  void add(std::span<const StreamMark> marks) noexcept {
    for (const StreamMark& mark : marks) add(mark);
  }
  /// Forgets what is over; whether nothing is left.
  bool prune() noexcept;
  /// Returns when all are over; forgets them. A stream that failed uses nothing any more.
  void wait() noexcept;
  void clear() noexcept;

 private:
  [[nodiscard]] std::span<StreamMark> all() noexcept {
    return many_.empty() ? std::span<StreamMark>(few_.data(), count_) : std::span<StreamMark>(many_);
  }

  std::array<StreamMark, 4> few_{};
  std::vector<StreamMark> many_;  ///< All of them, once they were more than fit.
  std::size_t count_ = 0;
};

}  // namespace dotcompute::detail
