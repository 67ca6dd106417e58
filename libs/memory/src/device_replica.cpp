#include <dotcompute/memory/device_replica.hpp>

#include <mutex>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

DeviceReplica::DeviceReplica(BufferStorage& storage, DeviceSession& session, std::uint64_t size_bytes)
    : session_(session), memory_(session.allocate(size_bytes)) {
  link_.storage = &storage;
  session_.add(link_);
}

DeviceReplica::~DeviceReplica() {
  if (session_.is_foreign()) {
    // The driver that this memory belongs to is in another process.
    static_cast<void>(memory_.release());
    return;
  }
  session_.remove(link_);
  for (const StreamMark& use : last_uses_) {
    try {
      if (!use.is_reached()) use.wait();
    } catch (...) {
      // A stream that failed uses nothing any more; whoever launched on it is told.
    }
  }
}

void DeviceReplica::download(std::span<std::byte> to) const {
  session_.check_process();
  SharedStream* stream = last_write_.stream;
  if (stream == nullptr || session_.is_retired(*stream)) {
    last_write_.wait();
    stream = &session_.stream();
  }
  StreamPoint point = 0;
  {
    const std::lock_guard lock(stream->mutex());
    point = stream->stream().read(to, *memory_, 0);
  }
  stream->stream().wait(point);
}

void DeviceReplica::upload(SharedStream& stream, std::span<const std::byte> from) {
  order_after_every_use(stream);
  last_upload_ = {&stream, stream.stream().write(*memory_, 0, from)};
  note_use(last_upload_, true);
}

void DeviceReplica::wait_for_upload() const noexcept {
  // Of a child's memory the parent's driver knows nothing.
  if (session_.is_foreign() || last_upload_.is_reached()) return;
  try {
    last_upload_.wait();
  } catch (...) {
    // A stream that failed reads nothing any more; whoever launched on it is told.
  }
}

void DeviceReplica::order_after_uses(SharedStream& stream, bool writes) const {
  if (last_write_.stream != &stream) {
    // A stream that failed counts as there: only `wait` tells that what it wrote is no content.
    if (last_write_.is_reached()) last_write_.wait();
    order_after(stream, last_write_);
  }
  if (writes) order_after_every_use(stream);
}

void DeviceReplica::order_after_every_use(SharedStream& stream) const {
  for (const StreamMark& use : last_uses_) order_after(stream, use);
}

void DeviceReplica::order_after(SharedStream& stream, const StreamMark& mark) {
  if (mark.stream == &stream || mark.is_reached()) return;
  stream.stream().wait_for(mark.stream->stream(), mark.point);
}

void DeviceReplica::note_use(const StreamMark& mark, bool writes) noexcept {
  last_uses_[mark.stream->index()] = mark;
  if (writes) last_write_ = mark;
}

}  // namespace dotcompute::detail
