#include <dotcompute/memory/device_replica.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/memory/peer_transfer.hpp>
#include <dotcompute/memory/stream_marks.hpp>

namespace dotcompute::detail {

namespace {

/// Before the first of them is over there are seldom more.
constexpr std::size_t usual_uses = 8;

/// Whether the device's streams may wait for the other's and copy from its memory.
bool is_peer(const DeviceAccelerator& device, const DeviceAccelerator& other) noexcept {
  return &device == &other || device.can_access_peer(other);
}

/// A stream that failed uses nothing any more; whoever launched on it is told.
void wait_whatever_comes(const StreamMark& mark) noexcept {
  try {
    if (!mark.is_reached()) mark.wait();
  } catch (...) {
  }
}

}  // namespace

DeviceReplica::DeviceReplica(BufferStorage& storage, DeviceSession& session, std::uint64_t size_bytes,
                             const SharedStream* first_user)
    : session_(session), block_(session.memory().allocate(size_bytes, first_user, storage.where())) {
  uses_.reserve(usual_uses);
  // What earlier users of the memory do is as if the buffer were read: it comes before any write, and matters to nobody
  // who wants content.
  for (const StreamMark& mark : block_.pending()) uses_.push_back({{0, size_bytes}, mark, false});
  link_.storage = &storage;
  session_.memory().add(link_);
}

DeviceReplica::DeviceReplica(BufferStorage& storage, DeviceSession& session, std::unique_ptr<DeviceMemory> memory)
    : session_(session), adopted_(std::move(memory)) {
  link_.storage = &storage;
  session_.memory().add(link_);
}

DeviceReplica::~DeviceReplica() {
  if (session_.is_foreign()) {
    // The driver that this memory belongs to is in another process.
    block_.abandon();
    static_cast<void>(adopted_.release());
    return;
  }
  for (const Upload& upload : uploads_) wait_whatever_comes(upload.mark);
  StreamMarks marks;
  for (const ReplicaUse& use : uses_) {
    // Streams of other devices may go before the memory does.
    if (&use.mark.stream->accelerator() == &session_.accelerator()) {
      marks.add(use.mark);
    } else {
      wait_whatever_comes(use.mark);
    }
  }
  if (block_) block_.give_back(marks.marks());
  if (adopted_ != nullptr) {
    marks.wait();
    adopted_.reset();
  }
  // Last: who finds no replica in the list any more may take the session away.
  session_.memory().remove(link_);
}

bool DeviceReplica::is_reachable_from(const DeviceSession& device) const noexcept {
  return is_peer(device.accelerator(), session_.accelerator());
}

void DeviceReplica::download(std::byte* host, const ByteRange& range) {
  session_.check_process();
  SharedStream& stream = stream_after_writes(range);
  {
    const std::lock_guard lock(stream.mutex());
    order_after_uses(stream, range, Use::read);
  }
  read_staged(session_.chunks(), {host + range.begin, range.size()}, {stream, memory(), range.begin});
}

SharedStream& DeviceReplica::stream_after_writes(const ByteRange& range) const {
  // The last of them: most often nothing else is to be waited for there.
  for (auto use = uses_.rbegin(); use != uses_.rend(); ++use) {
    if (!use->writes || !use->range.intersects(range)) continue;
    if (!session_.is_retired(*use->mark.stream)) return *use->mark.stream;
    use->mark.wait();
  }
  return session_.stream();
}

SharedStream* DeviceReplica::stream_of_uses(const ByteRange& range, Use use) const noexcept {
  for (auto earlier = uses_.rbegin(); earlier != uses_.rend(); ++earlier) {
    if (!earlier->range.intersects(range) || (use == Use::read && !earlier->writes)) continue;
    SharedStream* const stream = earlier->mark.stream;
    const bool is_ours = stream != nullptr && &stream->accelerator() == &session_.accelerator();
    if (!is_ours || DeviceSession::is_lent(*stream) || stream->is_retired()) continue;
    if (!earlier->mark.is_reached()) return stream;
  }
  return nullptr;
}

void DeviceReplica::upload(SharedStream& stream, const std::byte* host, const ByteRange& range) {
  order_after_uses(stream, range, Use::overwrite);
  const StreamMark mark{
      &stream, write_staged(session_.chunks(), {stream, memory(), range.begin}, {host + range.begin, range.size()})};
  note_write_from_host(mark, range);
}

void DeviceReplica::note_write_from_host(const StreamMark& mark, const ByteRange& range) {
  note_use(mark, range, Use::overwrite);
  try {
    note_upload(mark, range);
  } catch (...) {
    wait_whatever_comes(mark);  // Without the heap it cannot be noted, and must not go on unnoticed.
  }
}

void DeviceReplica::take_over_host(SharedStream& stream, DeviceReplica& peer, std::byte* host, const ByteRange& range) {
  SharedStream& source = peer.stream_after_writes(range);
  {
    const std::lock_guard lock(source.mutex());
    peer.order_after_uses(source, range, Use::read);
  }
  {
    const std::lock_guard lock(stream.mutex());
    order_after_uses(stream, range, Use::overwrite);
  }
  try {
    note_write_from_host(
        transfer(session_.chunks(), {stream, memory(), range.begin}, {source, peer.memory(), range.begin},
                 {.size_bytes = range.size(), .host = {host + range.begin, range.size()}}),
        range);
  } catch (...) {
    // Some of it may be on its way.
    const std::lock_guard lock(stream.mutex());
    note_write_from_host({&stream, stream.stream().write(memory(), range.begin, {})}, range);
    throw;
  }
}

void DeviceReplica::copy_from(SharedStream& stream, DeviceReplica& peer, const ByteRange& range) {
  order_after_uses(stream, range, Use::overwrite);
  peer.order_after_uses(stream, range, Use::read);
  const StreamMark mark{&stream, stream.stream().copy(memory(), range.begin, peer.memory(), range.begin, range.size())};
  note_use(mark, range, Use::overwrite);
  peer.note_use(mark, range, Use::read);
}

void DeviceReplica::note_upload(const StreamMark& mark, const ByteRange& range) {
  std::erase_if(uploads_,
                [&](const Upload& upload) { return upload.mark.stream != mark.stream && upload.mark.is_reached(); });
  const auto same = std::ranges::find_if(uploads_, [&](const Upload& each) { return each.mark.stream == mark.stream; });
  if (same == uploads_.end()) {
    uploads_.push_back({range, mark});
  } else if (same->mark.is_reached()) {
    *same = {range, mark};
  } else {
    // In a stream the later one ends later.
    *same = {{std::min(same->range.begin, range.begin), std::max(same->range.end, range.end)}, mark};
  }
}

void DeviceReplica::wait_for_uploads(const ByteRange& range) const noexcept {
  // Of a child's memory the parent's driver knows nothing.
  if (uploads_.empty() || session_.is_foreign()) return;
  for (const Upload& upload : uploads_) {
    if (upload.range.intersects(range)) wait_whatever_comes(upload.mark);
  }
}

void DeviceReplica::order_after_uses(SharedStream& stream, const ByteRange& range, Use use) const {
  for (const ReplicaUse& earlier : uses_) {
    if (earlier.mark.stream == &stream || !earlier.range.intersects(range)) continue;
    if (earlier.writes || use != Use::read) order_after(stream, earlier, use != Use::overwrite);
  }
}

void DeviceReplica::order_after(SharedStream& stream, const ReplicaUse& use, bool wants_content) {
  if (use.mark.is_reached()) {
    // A stream that failed counts as there: only `wait` tells that what it wrote is no content.
    if (use.writes && wants_content) use.mark.wait();
  } else if (is_peer(stream.accelerator(), use.mark.stream->accelerator())) {
    stream.stream().wait_for(use.mark.stream->stream(), use.mark.point);
  } else {
    wait_whatever_comes(use.mark);
  }
}

void DeviceReplica::note_use(const StreamMark& mark, const ByteRange& range, Use use) noexcept {
  link_.is_used.store(true, std::memory_order_relaxed);
  const bool writes = use != Use::read;
  // Whoever is ordered after this use is ordered after these.
  std::erase_if(uses_, [&](const ReplicaUse& earlier) {
    const bool is_before = writes || (!earlier.writes && earlier.mark.stream == mark.stream);
    return is_before && range.contains(earlier.range);
  });
  if (uses_.size() == uses_.capacity()) forget_reached_uses();
  try {
    uses_.push_back({range, mark, writes});
  } catch (...) {
    wait_whatever_comes(mark);
  }
}

void DeviceReplica::forget_reached_uses() noexcept {
  std::erase_if(uses_, [](const ReplicaUse& use) {
    if (!use.mark.is_reached()) return false;
    if (!use.writes) return true;
    try {
      use.mark.wait();
      return true;
    } catch (...) {
      return false;  // Kept for `take_failed_write`.
    }
  });
}

std::optional<FailedWrite> DeviceReplica::take_failed_write() {
  for (auto use = uses_.begin(); use != uses_.end(); ++use) {
    if (!use->writes || !session_.is_retired(*use->mark.stream) || !use->mark.is_reached()) continue;
    try {
      use->mark.wait();
    } catch (const std::exception& error) {
      FailedWrite failed{use->range, error.what()};
      uses_.erase(use);
      return failed;
    }
  }
  return std::nullopt;
}

void DeviceReplica::wait_for_uses() const noexcept {
  if (session_.is_foreign()) return;
  for (const ReplicaUse& use : uses_) wait_whatever_comes(use.mark);
}

void DeviceReplica::forget_uses_by(const DeviceAccelerator& device) noexcept {
  if (&device == &session_.accelerator()) return;
  std::erase_if(uses_, [&](const ReplicaUse& use) {
    if (&use.mark.stream->accelerator() != &device) return false;
    wait_whatever_comes(use.mark);
    return true;
  });
}

}  // namespace dotcompute::detail
