#include <dotcompute/memory/shared_stream.hpp>

#include <atomic>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

std::uint64_t SharedStream::next_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

SharedStream::~SharedStream() {
  {
    const std::lock_guard lock(waits_mutex_);
    closing_ = true;
  }
  waits_changed_.notify_all();
  if (teller_.joinable()) teller_.join();
}

void SharedStream::prepare_to_tell() {
  const std::lock_guard lock(waits_mutex_);
  if (teller_.joinable()) return;
  try {
    teller_ = std::thread([this] { tell_of_points(); });
  } catch (const std::system_error& error) {
    const std::string& id = accelerator_.info().id;
    throw DeviceError(Remedy::retry,
                      fmt::format("cannot start the thread that completes launches on {}: {}; end other threads, or "
                                  "use run instead of execute",
                                  id, error.what()),
                      {.kernel = {}, .device = id, .source = {}, .cause = error.what()});
  }
}

void SharedStream::tell(PointWait& wait) noexcept {
  {
    const std::lock_guard lock(waits_mutex_);
    wait.before_ = last_;
    wait.after_ = nullptr;
    (last_ == nullptr ? first_ : last_->after_) = &wait;
    last_ = &wait;
  }
  waits_changed_.notify_one();
}

bool SharedStream::take_back(PointWait& wait) noexcept {
  const std::lock_guard lock(waits_mutex_);
  if (wait.before_ == nullptr && first_ != &wait) return false;
  unlink(wait);
  return true;
}

void SharedStream::unlink(PointWait& wait) noexcept {
  (wait.before_ == nullptr ? first_ : wait.before_->after_) = wait.after_;
  (wait.after_ == nullptr ? last_ : wait.after_->before_) = wait.before_;
  wait.before_ = nullptr;
  wait.after_ = nullptr;
}

void SharedStream::tell_of_points() noexcept {
  std::unique_lock lock(waits_mutex_);
  for (;;) {
    waits_changed_.wait(lock, [this] { return closing_ || first_ != nullptr; });
    if (first_ == nullptr) return;
    PointWait& wait = *first_;
    unlink(wait);
    lock.unlock();
    std::exception_ptr error;
    try {
      stream_->wait(wait.point);
    } catch (...) {
      error = std::current_exception();
    }
    wait.reached(wait, std::move(error));
    lock.lock();
  }
}

void SharedStream::abandon(std::unique_ptr<SharedStream> stream) noexcept { static_cast<void>(stream.release()); }

}  // namespace dotcompute::detail
