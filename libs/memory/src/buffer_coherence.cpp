// The side of BufferStorage that keeps the host and devices alike.

#include <dotcompute/memory/buffer_storage.hpp>

#include <algorithm>
#include <exception>
#include <limits>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

namespace {

/// Of a loss whose text the heap had no room for.
constexpr LossNumber unnamed_loss = std::numeric_limits<LossNumber>::max();

}  // namespace

void BufferStorage::publish() noexcept {
  Status now;
  now.state = coherence_.state();
  const bool is_host_current = now.state == BufferState::host_only || now.state == BufferState::synchronized ||
                               now.state == BufferState::host_dirty;
  now.is_ready_to_read = is_host_current && !coherence_.has_loss();
  now.is_ready_to_write = coherence_.is_all_at(Coherence::host);
  status_.store(now, std::memory_order_release);
}

// Uses on the host.

std::uint64_t BufferStorage::use_on_host_and_devices(Use use, const ByteRange& range) {
  const std::lock_guard lock(mutex_);
  throw_if_lost(use, range);
  const std::uint64_t bytes = use == Use::overwrite ? 0 : bring_home(range);
  if (use == Use::read) return bytes;
  wait_for_uploads(range);
  coherence_.note_write(Coherence::host, range);
  publish();
  return bytes;
}

std::uint64_t BufferStorage::bring_home(const ByteRange& range) {
  std::uint64_t bytes = 0;
  ByteRange left = range;
  while (const auto stale = coherence_.first_stale(Coherence::host, left)) {
    copy_home(*stale, OnFailure::lose);
    bytes += stale->range.size();
    left.begin = stale->range.end;
  }
  return bytes;
}

void BufferStorage::copy_home(const PartInPlaces& part, OnFailure on_failure) {
  // Copies to devices that have it no more may still read what is about to be overwritten.
  wait_for_uploads(part.range);
  std::string ids;
  for (PlaceSet places = part.places; !places.empty(); places = places.without(places.first())) {
    DeviceReplica& replica = replica_at(places.first());
    try {
      replica.download(data(), part.range);
      break;
    } catch (const std::exception& error) {
      ids += fmt::format("{}{}", ids.empty() ? "" : " and ", replica.session().accelerator().info().id);
      const bool is_last = places == PlaceSet::of(places.first());
      if (!is_last) continue;
      if (on_failure == OnFailure::keep || replica.session().is_foreign()) throw;
      lose_part(part.range, fmt::format("only {} had it, and copying it from there failed: {}", ids, error.what()));
      throw_not_copied(part.range, ids, error);
    }
  }
  coherence_.note_copied(Coherence::host, part.range);
  coherence_.note_success(part.range);
  publish();
}

void BufferStorage::wait_for_uploads(const ByteRange& range) const noexcept {
  for (const auto& replica : replicas_) {
    if (replica != nullptr) replica->wait_for_uploads(range);
  }
}

// Uses on devices.

std::uint64_t BufferStorage::prepare_replica(DeviceSession& session, Use use, const ByteRange& range,
                                             const SharedStream* user) {
  if (range.empty()) return 0;
  note_failed_writes();
  throw_if_lost(use, range);
  const Place place = make_place(session, user);
  if (use == Use::overwrite) return 0;
  std::uint64_t bytes = 0;
  ByteRange left = range;
  while (const auto stale = coherence_.first_stale(place, left)) {
    if (!source_for(stale->places, reachable_from(session))) bytes += bring_over_host(session, place, *stale);
    left.begin = stale->range.end;
  }
  return bytes;
}

std::uint64_t BufferStorage::bring_over_host(DeviceSession& session, Place place, const PartInPlaces& part) {
  // What is one piece gains nothing.
  if (part.range.size() <= session.chunks().chunk_bytes()) return bring_home(part.range);
  wait_for_uploads(part.range);
  try {
    replica_at(place).take_over_host(session.stream(), replica_at(part.places.first()), data(), part.range);
  } catch (const DeviceError&) {
    // Which asks everyone who has it, and says what is lost.
    return bring_home(part.range);
  }
  coherence_.note_copied(Coherence::host, part.range);
  coherence_.note_copied(place, part.range);
  coherence_.note_success(part.range);
  publish();
  return 2 * part.range.size();
}

std::uint64_t BufferStorage::place(SharedStream& stream, DeviceSession& session, Use use, const ByteRange& range) {
  const auto place = find_place(session);
  if (!place || range.empty()) return 0;
  DeviceReplica& replica = replica_at(*place);
  std::uint64_t bytes = 0;
  ByteRange left = use == Use::overwrite ? ByteRange{} : range;
  while (const auto stale = coherence_.first_stale(*place, left)) {
    const Place source = source_for(stale->places, reachable_from(session)).value_or(Coherence::host);
    if (source == Coherence::host) {
      replica.upload(stream, data(), stale->range);
    } else {
      replica.copy_from(stream, replica_at(source), stale->range);
    }
    coherence_.note_copied(*place, stale->range);
    publish();
    bytes += stale->range.size();
    left.begin = stale->range.end;
  }
  replica.order_after_uses(stream, range, use);
  return bytes;
}

void BufferStorage::note_use(DeviceSession& session, const StreamMark& mark, Use use, const ByteRange& range) noexcept {
  const auto place = find_place(session);
  if (!place || range.empty()) return;
  replica_at(*place).note_use(mark, range, use);
  if (use == Use::read) return;
  try {
    coherence_.note_write(*place, range, {mark.stream->number(), mark.point});
  } catch (const std::exception&) {
    // Where the content is cannot be told any more.
    coherence_.lose(whole(), unnamed_loss);
  }
  publish();
}

DeviceReplica* BufferStorage::replica(const DeviceSession& session) const noexcept {
  const auto place = find_place(session);
  return place ? &replica_at(*place) : nullptr;
}

std::uint64_t BufferStorage::stale_bytes(const DeviceSession* session, const ByteRange& range) const noexcept {
  constexpr Place nowhere = most_replicas + 1;
  const Place place = session == nullptr ? Coherence::host : find_place(*session).value_or(nowhere);
  std::uint64_t bytes = 0;
  ByteRange left = range;
  while (const auto stale = coherence_.first_stale(place, left)) {
    bytes += stale->range.size();
    left.begin = stale->range.end;
  }
  return bytes;
}

Place BufferStorage::make_place(DeviceSession& session, const SharedStream* user) {
  if (const auto place = find_place(session)) return *place;
  auto slot = std::ranges::find_if(replicas_, [](const auto& each) { return each == nullptr; });
  if (slot == replicas_.end() && replicas_.size() < most_replicas) {
    replicas_.emplace_back();
    slot = std::prev(replicas_.end());
  } else if (slot == replicas_.end()) {
    slot = replicas_.begin();
    give_up(1);
  }
  *slot = std::make_unique<DeviceReplica>(*this, session, size_bytes(), user);
  return static_cast<Place>(slot - replicas_.begin()) + 1;
}

PlaceSet BufferStorage::reachable_from(const DeviceSession& session) const noexcept {
  PlaceSet reachable;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const bool is_reachable = replicas_[i] != nullptr && replicas_[i]->is_reachable_from(session);
    if (is_reachable) reachable = reachable.with(static_cast<Place>(i + 1));
  }
  return reachable;
}

DeviceSession* BufferStorage::newest_on(const ByteRange& range) const noexcept {
  if (!coherence_.first_stale(Coherence::host, range)) return nullptr;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (replicas_[i] == nullptr || replicas_[i]->session().is_foreign()) continue;
    if (!coherence_.first_stale(static_cast<Place>(i + 1), range)) return &replicas_[i]->session();
  }
  return nullptr;
}

void BufferStorage::adopt_replica(DeviceSession& session, std::unique_ptr<DeviceMemory> memory, Release release) {
  const std::lock_guard lock(mutex_);
  replicas_.push_back(std::make_unique<DeviceReplica>(*this, session, std::move(memory)));
  replicas_.back()->pin();
  release_ = release;
  coherence_.note_write(static_cast<Place>(replicas_.size()), whole());
  publish();
}

void BufferStorage::give_out(DeviceSession& session, const ByteRange& range, Access access) {
  const std::lock_guard lock(mutex_);
  DeviceReplica& replica = replica_at(make_place(session, nullptr));
  replica.wait_for_uses();
  // What failed in the meantime shows here.
  if (reads(access)) prepare_replica(session, Use::read, range);
  if (reads(access) && stale_bytes(&session, range) != 0) {
    const std::string& id = session.accelerator().info().id;
    throw DeviceError(Remedy::retry,
                      fmt::format("{} bytes could not be copied to {}; try again, or use the host's", range.size(), id),
                      {.kernel = {}, .device = id, .source = {}, .cause = {}});
  }
  replica.pin();
  if (!writes(access)) return;
  coherence_.note_write(*find_place(session), range);
  publish();
}

// What goes.

void BufferStorage::note_failed_writes() {
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (replicas_[i] == nullptr) continue;
    while (const auto failed = replicas_[i]->take_failed_write()) {
      const std::string& id = replicas_[i]->session().accelerator().info().id;
      const LossNumber loss = number_of(fmt::format("what wrote it on {} failed: {}", id, failed->why));
      coherence_.lose_at(static_cast<Place>(i + 1), failed->range, loss);
      publish();
    }
  }
}

void BufferStorage::give_up(Place place) noexcept {
  ByteRange left = whole();
  while (const auto sole = coherence_.first_sole(place, left)) {
    left.begin = sole->end;
    try {
      bring_home(*sole);
    } catch (...) {
      // The content is lost, which whoever uses the buffer next is told.
      if (coherence_.first_sole(place, *sole)) lose_part(*sole, "the device that had it has gone");
    }
  }
  drop_replica(place);
}

void BufferStorage::drop_replica(Place place) noexcept {
  DeviceReplica& replica = replica_at(place);
  // Its streams may go before those replicas that they copied from.
  for (const auto& other : replicas_) {
    if (other != nullptr && !replica.session().is_foreign()) other->forget_uses_by(replica.session().accelerator());
  }
  replicas_[place - 1].reset();
  coherence_.drop(place);
  publish();
}

void BufferStorage::leave(DeviceSession& session) noexcept {
  const std::lock_guard lock(mutex_);
  if (const auto place = find_place(session)) give_up(*place);
}

std::optional<std::uint64_t> BufferStorage::evict(DeviceSession& session, Eviction eviction) noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;
  const auto place = find_place(session);
  if (!place || session.is_foreign() || replica_at(*place).is_pinned()) return 0;
  try {
    ByteRange left = whole();
    while (const auto sole = coherence_.first_sole(*place, left)) {
      if (eviction == Eviction::clean) return 0;
      copy_home({*sole, PlaceSet::of(*place)}, OnFailure::keep);
      left.begin = sole->end;
    }
  } catch (...) {
    return 0;  // It stays, and whoever uses it is told what is wrong.
  }
  const std::uint64_t bytes = replica_at(*place).memory().size_bytes();
  drop_replica(*place);
  return bytes;
}

// Losses.

void BufferStorage::lose(const StreamMark& mark, const std::string& why) noexcept {
  const std::lock_guard lock(mutex_);
  coherence_.lose_written({mark.stream->number(), mark.point}, number_of(why));
  publish();
}

void BufferStorage::lose(const ByteRange& range, const std::string& why) noexcept {
  const std::lock_guard lock(mutex_);
  lose_part(range, why);
}

void BufferStorage::lose_part(const ByteRange& range, const std::string& why) noexcept {
  const LossNumber loss = number_of(why);
  try {
    coherence_.lose(range, loss);
  } catch (const std::exception&) {
    coherence_.lose(whole(), loss);  // What is not known to be right counts as lost.
  }
  publish();
}

LossNumber BufferStorage::number_of(const std::string& why) noexcept {
  try {
    if (!coherence_.has_loss()) losses_.clear();
    const auto known = std::ranges::find(losses_, why);
    if (known != losses_.end()) return static_cast<LossNumber>(known - losses_.begin()) + 1;
    losses_.push_back(why);
    return static_cast<LossNumber>(losses_.size());
  } catch (const std::exception&) {
    return unnamed_loss;
  }
}

std::string BufferStorage::loss(const ByteRange& range) const {
  const auto lost = coherence_.first_lost(range);
  if (!lost) return {};
  const std::string why = lost->loss <= losses_.size() ? losses_[lost->loss - 1] : "the heap was exhausted";
  if (lost->range == whole()) return why;
  return fmt::format("bytes {} to {} are lost: {}", lost->range.begin, lost->range.end, why);
}

std::string BufferStorage::describe_loss(const std::string& why) const {
  return fmt::format("a buffer of {} bytes has no content: {}; write it again with copy_from or fill", size_bytes(),
                     why);
}

void BufferStorage::throw_if_lost(Use use, const ByteRange& range) const {
  if (use == Use::overwrite || !coherence_.first_lost(range)) return;
  const std::string why = loss(range);
  throw MemoryError(Remedy::fix_input, describe_loss(why), {.kernel = {}, .device = {}, .source = {}, .cause = why});
}

void BufferStorage::throw_not_copied(const ByteRange& range, const std::string& ids,
                                     const std::exception& error) const {
  const auto* const known = dynamic_cast<const ComputeError*>(&error);
  throw DeviceError(known == nullptr ? Remedy::retry : known->remedy(), describe_loss(loss(range)),
                    {.kernel = {}, .device = ids, .source = {}, .cause = error.what()});
}

}  // namespace dotcompute::detail
