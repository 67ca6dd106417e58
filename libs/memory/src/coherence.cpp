#include <dotcompute/memory/coherence.hpp>

#include <algorithm>
#include <cstddef>

namespace dotcompute {

std::string_view text(BufferState state) noexcept {
  switch (state) {
    case BufferState::uninitialized: return "uninitialized";
    case BufferState::host_only: return "host_only";
    case BufferState::device_only: return "device_only";
    case BufferState::synchronized: return "synchronized";
    case BufferState::host_dirty: return "host_dirty";
    case BufferState::device_dirty: return "device_dirty";
  }
  return "";
}

namespace detail {

Coherence::Coherence(std::uint64_t size_bytes, bool host_has_content) noexcept {
  uniform_.end = size_bytes;
  if (!host_has_content) return;
  uniform_.places = PlaceSet::of(host);
  seen_ = uniform_.places;
}

std::span<Coherence::Part> Coherence::parts() noexcept {
  return parts_.empty() ? std::span(&uniform_, 1) : std::span(parts_);
}

std::span<const Coherence::Part> Coherence::parts() const noexcept {
  return parts_.empty() ? std::span(&uniform_, 1) : std::span(parts_);
}

PlaceSet Coherence::places_with_content() const noexcept {
  PlaceSet all;
  for (const Part& part : parts()) all = all.joined(part.places);
  return all;
}

BufferState Coherence::state() const noexcept {
  // Those that have all there is.
  PlaceSet complete = places_with_content();
  if (complete.empty()) return BufferState::uninitialized;
  for (const Part& part : parts()) {
    if (!part.places.empty()) complete = complete.common(part.places);
  }
  if (!complete.contains(host)) {
    return seen_.contains(host) ? BufferState::device_dirty : BufferState::device_only;
  }
  if (seen_ == PlaceSet::of(host)) return BufferState::host_only;
  return complete == PlaceSet::of(host) ? BufferState::host_dirty : BufferState::synchronized;
}

bool Coherence::is_all_at(Place place) const noexcept {
  return std::ranges::all_of(parts(), [&](const Part& part) { return part.places == PlaceSet::of(place); });
}

bool Coherence::has_loss() const noexcept {
  return std::ranges::any_of(parts(), [](const Part& part) { return part.loss != 0; });
}

template <class Test>
std::optional<PartInPlaces> Coherence::first(const ByteRange& range, Test&& test) const noexcept {
  std::optional<PartInPlaces> found;
  std::uint64_t begin = 0;
  for (const Part& part : parts()) {
    const ByteRange common = range.intersection({begin, part.end});
    begin = part.end;
    const bool is_wanted = !common.empty() && test(part);
    if (!found) {
      if (is_wanted) found = PartInPlaces{common, part.places};
    } else if (is_wanted && part.places == found->places) {
      found->range.end = common.end;
    } else {
      break;
    }
  }
  return found;
}

std::optional<PartInPlaces> Coherence::first_stale(Place place, const ByteRange& range) const noexcept {
  return first(range, [&](const Part& part) { return !part.places.empty() && !part.places.contains(place); });
}

std::optional<ByteRange> Coherence::first_sole(Place place, const ByteRange& range) const noexcept {
  const auto found = first(range, [&](const Part& part) { return part.places == PlaceSet::of(place); });
  if (!found) return std::nullopt;
  return found->range;
}

std::optional<LostPart> Coherence::first_lost(const ByteRange& range) const noexcept {
  LossNumber loss = 0;
  const auto found = first(range, [&](const Part& part) {
    if (loss == 0) loss = part.loss;
    return part.loss != 0 && part.loss == loss;
  });
  if (!found) return std::nullopt;
  return LostPart{found->range, loss};
}

void Coherence::divide_at(std::uint64_t offset) {
  if (offset == 0 || offset >= uniform_.end) return;
  if (parts_.empty()) {
    parts_.reserve(4);
    parts_.push_back(uniform_);
  }
  const auto part = std::ranges::find_if(parts_, [&](const Part& each) { return offset <= each.end; });
  if (part->end == offset) return;
  Part front = *part;
  front.end = offset;
  parts_.insert(part, front);
}

void Coherence::join_alike() noexcept {
  if (parts_.empty()) return;
  std::size_t last = 0;
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    if (!parts_[i].is_like(parts_[last])) ++last;
    parts_[last] = parts_[i];
  }
  parts_.resize(last + 1);
  if (last != 0) return;
  uniform_ = parts_.front();
  parts_.clear();  // Its memory stays, for a buffer that is divided again.
}

template <class Change>
void Coherence::change(const ByteRange& range, Change&& change_part) {
  if (range.intersection(whole()).empty()) return;
  try {
    divide_at(range.begin);
    divide_at(range.end);
  } catch (...) {
    join_alike();
    throw;
  }
  std::uint64_t begin = 0;
  for (Part& part : parts()) {
    if (range.intersects({begin, part.end})) change_part(part);
    begin = part.end;
  }
  join_alike();
  const PlaceSet left = places_with_content();
  // Nobody's copy is older than content that does not exist.
  seen_ = left.empty() ? left : seen_.joined(left);
}

void Coherence::note_copied(Place place, const ByteRange& range) {
  change(range, [&](Part& part) {
    if (!part.places.empty()) part.places = part.places.with(place);
  });
}

void Coherence::note_write(Place place, const ByteRange& range, const Writer& writer) {
  change(range, [&](Part& part) {
    part.places = PlaceSet::of(place);
    part.loss = 0;
    part.writer = writer;
  });
  ++version_;
}

void Coherence::note_success(const ByteRange& range) {
  change(range, [](Part& part) { part.writer = {}; });
}

void Coherence::lose(const ByteRange& range, LossNumber loss) {
  change(range, [&](Part& part) {
    part.places = {};
    part.loss = loss;
    part.writer = {};
  });
}

void Coherence::lose_written(const Writer& writer, LossNumber loss) {
  change(whole(), [&](Part& part) {
    if (part.writer != writer) return;
    part.places = {};
    part.loss = loss;
    part.writer = {};
  });
}

void Coherence::lose_at(Place place, const ByteRange& range, LossNumber loss) {
  change(range, [&](Part& part) {
    if (!part.places.contains(place)) return;
    part.places = part.places.without(place);
    if (!part.places.empty()) return;
    part.loss = loss;
    part.writer = {};
  });
}

void Coherence::drop(Place place) noexcept {
  change(whole(), [&](Part& part) { part.places = part.places.without(place); });
  seen_ = seen_.without(place);
}

}  // namespace detail
}  // namespace dotcompute
