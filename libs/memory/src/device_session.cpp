#include <dotcompute/memory/device_session.hpp>

#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/process.hpp>

namespace dotcompute::detail {

namespace {

std::size_t this_threads_number() noexcept {
  static std::atomic<std::size_t> threads{0};
  static thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

DeviceSession::DeviceSession(DeviceAccelerator& accelerator, const AcceleratorMemoryOptions& memory)
    : accelerator_(accelerator),
      memory_(std::make_unique<SessionMemory>(*this, memory)),
      chunks_(std::make_unique<PinnedChunks>(accelerator)) {
  notice_forks();
  process_ = this_process.load(std::memory_order_relaxed);
  accelerator_.set_user(this);
}

DeviceSession::~DeviceSession() {
  if (accelerator_.user() == this) accelerator_.set_user(nullptr);
  if (is_foreign()) {
    static_cast<void>(chunks_.release());
    static_cast<void>(pinned_.release());
    for (auto& stream : streams_) SharedStream::abandon(std::move(stream));
    SessionMemory::abandon(std::move(memory_));
    return;
  }
  memory_->send_buffers_home();
}

bool DeviceSession::is_foreign() const noexcept { return process_ != this_process.load(std::memory_order_relaxed); }

void DeviceSession::check_process() const {
  if (!is_foreign()) return;
  const std::string& id = accelerator_.info().id;
  throw DeviceError(Remedy::fix_input,
                    fmt::format("{} was opened before this process was forked off, and its driver works in the parent "
                                "only; create the Runtime and its buffers after fork(), or use the cpu here",
                                id),
                    {.kernel = {}, .device = id, .source = {}, .cause = {}});
}

SharedStream& DeviceSession::stream() {
  check_process();
  const std::size_t own = this_threads_number() % stream_count;
  for (std::size_t i = 0; i < stream_count; ++i) {
    const std::size_t index = (own + i) % stream_count;
    SharedStream* const open = current_[index].load(std::memory_order_acquire);
    if (open == nullptr) return open_stream(index);
    if (open->is_idle()) return *open;
  }
  return open_stream(own);
}

SharedStream& DeviceSession::open_stream(std::size_t index) {
  const std::lock_guard lock(streams_mutex_);
  if (SharedStream* const open = current_[index].load(std::memory_order_relaxed)) return *open;
  SharedStream& made = make_stream(index);
  current_[index].store(&made, std::memory_order_release);
  return made;
}

SharedStream& DeviceSession::make_stream(std::size_t index) {
  if (const auto loss = accelerator_.loss()) {
    const std::string& id = accelerator_.info().id;
    throw DeviceError(
        Remedy::fall_back,
        fmt::format("{} is lost: {}; use another device, and create a new Runtime to try it again", id, *loss),
        {.kernel = {}, .device = id, .source = {}, .cause = *loss});
  }
  return *streams_.emplace_back(std::make_unique<SharedStream>(accelerator_, index));
}

SharedStream& DeviceSession::lend_stream() {
  check_process();
  const std::lock_guard lock(streams_mutex_);
  if (idle_lent_.empty()) {
    idle_lent_.reserve(streams_.size() + 1);  // So that taking it back asks nobody for memory.
    return make_stream(stream_count);
  }
  SharedStream& lent = *idle_lent_.back();
  idle_lent_.pop_back();
  return lent;
}

void DeviceSession::take_back(SharedStream& lent) noexcept {
  const std::lock_guard lock(streams_mutex_);
  if (!lent.is_retired()) idle_lent_.push_back(&lent);
}

void DeviceSession::retire(SharedStream& failed) noexcept {
  const std::lock_guard lock(streams_mutex_);
  failed.retire();
  if (is_lent(failed)) return;
  std::atomic<SharedStream*>& current = current_[failed.index()];
  if (current.load(std::memory_order_relaxed) == &failed) current.store(nullptr, std::memory_order_relaxed);
}

PinnedMemoryPool* DeviceSession::pinned_memory() {
  check_process();
  const std::lock_guard lock(pinned_mutex_);
  if (!asked_for_pinned_) pinned_ = PinnedMemoryPool::create(accelerator_);
  asked_for_pinned_ = true;
  return pinned_.get();
}

DeviceSession* session_of(const Accelerator& accelerator) {
  const auto* const device = dynamic_cast<const DeviceAccelerator*>(&accelerator);
  if (device == nullptr) return nullptr;
  if (AcceleratorUser* const user = device->user()) return static_cast<DeviceSession*>(user);
  const std::string& id = accelerator.info().id;
  throw MemoryError(Remedy::fix_input,
                    fmt::format("the accelerator '{}' belongs to no runtime; pass one of a Runtime's that lives", id),
                    {.kernel = {}, .device = id, .source = {}, .cause = {}});
}

}  // namespace dotcompute::detail
