#pragma once

/// Where the current content of a buffer is: for each part of it the places that have it. A place is the host's memory
/// or a device's replica. Values only, no I/O and no locks: what moves the bytes is BufferStorage.

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/byte_range.hpp>

namespace dotcompute {

/// Of a UnifiedBuffer: what one host and one device look like. With several devices "a device" is any of them; of a
/// buffer whose parts are in different places the host counts as having the content if it has all there is.
enum class BufferState : std::uint8_t {
  uninitialized,  ///< It has no content: nothing was written yet, or the launch that wrote it failed.
  host_only,      ///< The host has the content and no device has a copy.
  device_only,    ///< A device has the content and the host never had any.
  synchronized,   ///< The host and a device have the same content.
  host_dirty,     ///< The host has newer content than the device.
  device_dirty,   ///< A device has newer content than the host.
};

/// "host_dirty"
[[nodiscard]] DOTCOMPUTE_API std::string_view text(BufferState state) noexcept;

namespace detail {

enum class Use : std::uint8_t {
  read,
  update,     ///< Reads, and writes some or all.
  overwrite,  ///< Writes all and reads nothing.
};

/// 0 is the host; replicas follow.
using Place = std::uint32_t;

/// A set of places.
class PlaceSet {
 public:
  static constexpr Place capacity = 64;

  constexpr PlaceSet() noexcept = default;
  [[nodiscard]] static constexpr PlaceSet of(Place place) noexcept { return PlaceSet(std::uint64_t{1} << place); }

  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool contains(Place place) const noexcept { return (bits_ >> place & 1) != 0; }
  /// Of a set that is not empty.
  [[nodiscard]] constexpr Place first() const noexcept { return static_cast<Place>(std::countr_zero(bits_)); }
  [[nodiscard]] constexpr PlaceSet with(Place place) const noexcept { return PlaceSet(bits_ | of(place).bits_); }
  [[nodiscard]] constexpr PlaceSet without(Place place) const noexcept { return PlaceSet(bits_ & ~of(place).bits_); }
  [[nodiscard]] constexpr PlaceSet common(PlaceSet other) const noexcept { return PlaceSet(bits_ & other.bits_); }
  [[nodiscard]] constexpr PlaceSet joined(PlaceSet other) const noexcept { return PlaceSet(bits_ | other.bits_); }
  friend constexpr bool operator==(const PlaceSet&, const PlaceSet&) = default;

 private:
  explicit constexpr PlaceSet(std::uint64_t bits) noexcept : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

/// Names the operation that wrote something: the number of a stream and a point of it. Zeros for a write that is known
/// to have succeeded.
struct Writer {
  std::uint64_t stream = 0;
  std::uint64_t point = 0;
  friend bool operator==(const Writer&, const Writer&) = default;
};

/// Names the reason of a loss; 0 is none.
using LossNumber = std::uint32_t;

/// A part with content, and the places that have it.
struct PartInPlaces {
  ByteRange range;
  PlaceSet places;
};

/// A part whose content was lost.
struct LostPart {
  ByteRange range;
  LossNumber loss = 0;
};

/// Parts are given as ranges within the buffer. A buffer that is used as a whole costs no heap. Members that change
/// something throw std::bad_alloc, having changed nothing, where they divide a part and the heap is exhausted; those
/// that are given the whole buffer never throw.
///
/// Invariants: all places of a part have the same content, which is that of its last write; content has at least one
/// place until it is said to be lost.
class DOTCOMPUTE_API Coherence {
 public:
  static constexpr Place host = 0;

  /// The host has all of the content, or there is none yet.
  Coherence(std::uint64_t size_bytes, bool host_has_content) noexcept;

  [[nodiscard]] ByteRange whole() const noexcept { return {0, uniform_.end}; }
  [[nodiscard]] BufferState state() const noexcept;
  /// The number of writes so far.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// Whether every part has content, and all of it this place alone.
  [[nodiscard]] bool is_all_at(Place place) const noexcept;
  [[nodiscard]] bool has_loss() const noexcept;

  // The first part of a range of which something is so; empty if there is none.

  /// Content that the place lacks.
  [[nodiscard]] std::optional<PartInPlaces> first_stale(Place place, const ByteRange& range) const noexcept;
  /// Content that no other place has.
  [[nodiscard]] std::optional<ByteRange> first_sole(Place place, const ByteRange& range) const noexcept;
  [[nodiscard]] std::optional<LostPart> first_lost(const ByteRange& range) const noexcept;

  /// The place has now what others have of the range, which is nowhere without content or lost.
  void note_copied(Place place, const ByteRange& range);
  /// The place has new content, all others are stale. `writer` is zeros if it is known to succeed.
  void note_write(Place place, const ByteRange& range, const Writer& writer = {});
  /// What wrote this content has succeeded.
  void note_success(const ByteRange& range);
  /// The content is gone wherever it was.
  void lose(const ByteRange& range, LossNumber loss);
  /// The same for what `writer` wrote and nothing has overwritten.
  void lose_written(const Writer& writer, LossNumber loss);
  /// The place does not have the content after all; what no other place has is lost.
  void lose_at(Place place, const ByteRange& range, LossNumber loss);
  /// The place gives up its copy. Nothing may be `first_sole` there.
  void drop(Place place) noexcept;

 private:
  /// From where the one before it ends up to `end`.
  struct Part {
    std::uint64_t end = 0;
    PlaceSet places;
    LossNumber loss = 0;
    Writer writer;
    [[nodiscard]] bool is_like(const Part& other) const noexcept {
      return places == other.places && loss == other.loss && writer == other.writer;
    }
  };

  [[nodiscard]] std::span<Part> parts() noexcept;
  [[nodiscard]] std::span<const Part> parts() const noexcept;
  void divide_at(std::uint64_t offset);
  template <class Change>
  void change(const ByteRange& range, Change&& change_part);
  template <class Test>
  [[nodiscard]] std::optional<PartInPlaces> first(const ByteRange& range, Test&& test) const noexcept;
  void join_alike() noexcept;
  [[nodiscard]] PlaceSet places_with_content() const noexcept;

  Part uniform_;             ///< All of it, while `parts_` is empty; its end is the buffer's size always.
  std::vector<Part> parts_;  ///< Two or more where they differ, in order.
  PlaceSet seen_;            ///< Places that have or had content.
  std::uint64_t version_ = 0;
};

/// Where a place gets content from that `places` have: the host if that has it, else a device that `reachable` says it
/// can copy from, else nowhere: over the host.
[[nodiscard]] constexpr std::optional<Place> source_for(PlaceSet places, PlaceSet reachable) noexcept {
  if (places.contains(Coherence::host)) return Coherence::host;
  const PlaceSet peers = places.common(reachable);
  if (peers.empty()) return std::nullopt;
  return peers.first();
}

}  // namespace detail
}  // namespace dotcompute
