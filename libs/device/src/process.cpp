#include <dotcompute/device/process.hpp>

#include <pthread.h>

#include <new>

namespace dotcompute {

void notice_forks() {
  [[maybe_unused]] static const bool is_noticing = [] {
    const auto before = [] { process_mutex.lock(); };
    const auto in_parent = [] { process_mutex.unlock(); };
    const auto in_child = [] {
      this_process.fetch_add(1, std::memory_order_relaxed);
      process_mutex.unlock();
    };
    if (pthread_atfork(before, in_parent, in_child) != 0) throw std::bad_alloc();
    return true;
  }();
}

}  // namespace dotcompute
