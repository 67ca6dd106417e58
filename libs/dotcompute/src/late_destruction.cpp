#include "late_destruction.hpp"

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dotcompute {

namespace {

/// The threads that destroy something. Joined at the end of the process and, as far as they are done, before.
class Destroyers {
 public:
  ~Destroyers() {
    for (std::thread& thread : threads_) thread.join();
  }

  void start(std::shared_ptr<void> doomed) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([held = std::move(doomed)]() mutable { held.reset(); });
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace

void destroy_late(std::shared_ptr<void> doomed) {
  static Destroyers destroyers;
  destroyers.start(std::move(doomed));
}

}  // namespace dotcompute
