#include "late_destruction.hpp"

#include <mutex>
#include <thread>
#include <utility>

namespace dotcompute {

namespace {

/// The threads that destroy something. Each waits for the one before it, so that only the last is waited for at the end
/// of the process.
class Destroyers {
 public:
  ~Destroyers() {
    if (last_.joinable()) last_.join();
  }

  void start(std::shared_ptr<void> doomed) {
    const std::lock_guard lock(mutex_);
    last_ = std::thread([held = std::move(doomed), before = std::move(last_)]() mutable {
      held.reset();
      if (before.joinable()) before.join();
    });
  }

 private:
  std::mutex mutex_;
  std::thread last_;
};

}  // namespace

void destroy_late(std::shared_ptr<void> doomed) {
  static Destroyers destroyers;
  destroyers.start(std::move(doomed));
}

}  // namespace dotcompute
