// The side of BufferStorage that keeps the host and the device alike.

#include <dotcompute/memory/buffer_storage.hpp>

#include <exception>
#include <span>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

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

std::uint64_t BufferStorage::use_on_host_and_device(Use use) {
  const std::lock_guard lock(mutex_);
  if (use == Use::overwrite) {
    loss_.clear();
  } else if (!loss_.empty()) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("a buffer of {} bytes has no content: {}; write it again with copy_from or fill",
                                  size_bytes_, loss_),
                      {.kernel = {}, .device = {}, .source = {}, .cause = loss_});
  }
  const Coherence next = detail::use_on_host(state_.load(std::memory_order_relaxed), use);
  const bool copies = next.transfer == Transfer::to_host;
  if (copies) bring_home();
  if (use != Use::read && replica_ != nullptr) replica_->wait_for_upload();
  state_.store(next.state, std::memory_order_release);
  return copies ? size_bytes_ : 0;
}

void BufferStorage::bring_home() {
  try {
    replica_->download({data_, size_bytes_});
  } catch (const std::exception& error) {
    if (!replica_->session().is_foreign()) set_lost(error.what());
    throw;
  }
}

std::uint64_t BufferStorage::move_to(DeviceSession& session) {
  std::uint64_t bytes = 0;
  if (replica_ != nullptr && &replica_->session() != &session) {
    const Coherence next = leave_device(state_.load(std::memory_order_relaxed));
    if (next.transfer == Transfer::to_host) {
      bring_home();
      bytes = size_bytes_;
    }
    drop_replica();
    state_.store(next.state, std::memory_order_release);
  }
  if (replica_ == nullptr && size_bytes_ != 0) {
    replica_ = std::make_unique<DeviceReplica>(*this, session, size_bytes_);
    session_.store(&session, std::memory_order_relaxed);
  }
  return bytes;
}

std::uint64_t BufferStorage::place(SharedStream& stream, Use use) {
  if (replica_ == nullptr) return 0;
  const Coherence next = detail::use_on_device(state_.load(std::memory_order_relaxed), use);
  std::uint64_t bytes = 0;
  if (next.transfer == Transfer::to_device) {
    replica_->upload(stream, {data_, size_bytes_});
    bytes = size_bytes_;
    state_.store(BufferState::synchronized, std::memory_order_release);
  } else {
    replica_->order_after_uses(stream, use != Use::read);
  }
  return bytes;
}

void BufferStorage::note_use(const StreamMark& mark, Use use) noexcept {
  if (replica_ == nullptr) return;
  replica_->note_use(mark, use != Use::read);
  const BufferState state = state_.load(std::memory_order_relaxed);
  state_.store(detail::use_on_device(state, use).state, std::memory_order_release);
}

void BufferStorage::lose(const StreamMark& mark, const std::string& why) noexcept {
  const std::lock_guard lock(mutex_);
  const bool is_last_write = replica_ != nullptr && replica_->last_write() == mark;
  if (is_last_write && device_is_newer(state_.load(std::memory_order_relaxed))) set_lost(why);
}

void BufferStorage::lose(const std::string& why) noexcept {
  const std::lock_guard lock(mutex_);
  set_lost(why);
}

void BufferStorage::set_lost(const std::string& why) noexcept {
  try {
    loss_ = why;
  } catch (...) {
    loss_ = "lost";  // Fits without the heap, which has just refused.
  }
  state_.store(BufferState::uninitialized, std::memory_order_release);
}

void BufferStorage::leave(DeviceSession& session) noexcept {
  const std::lock_guard lock(mutex_);
  if (replica_ == nullptr || &replica_->session() != &session) return;
  const Coherence next = leave_device(state_.load(std::memory_order_relaxed));
  try {
    if (next.transfer == Transfer::to_host) bring_home();
    state_.store(next.state, std::memory_order_release);
  } catch (...) {
    // The content is lost, which whoever uses the buffer next is told.
  }
  drop_replica();
}

void BufferStorage::drop_replica() noexcept {
  session_.store(nullptr, std::memory_order_relaxed);
  replica_.reset();
}

}  // namespace detail
}  // namespace dotcompute
