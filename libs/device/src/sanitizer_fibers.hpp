#pragma once

/// What the sanitizers must be told when a thread changes its stack, nothing in other builds; and Valgrind, which takes
/// a program as it is: what it is told costs a few instructions that do nothing without it.

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define DOTCOMPUTE_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DOTCOMPUTE_HAS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define DOTCOMPUTE_HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DOTCOMPUTE_HAS_TSAN 1
#endif
#endif

#ifdef DOTCOMPUTE_HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef DOTCOMPUTE_HAS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define DOTCOMPUTE_KNOWS_VALGRIND 1
#endif

namespace dotcompute::sanitizers {

/// Memory that is a stack as long as this lives: Valgrind tells a switch between two stacks from one that grows by it.
class KnownStack {
 public:
#ifdef DOTCOMPUTE_KNOWS_VALGRIND
  KnownStack(const void* bottom, const void* top) noexcept : id_(VALGRIND_STACK_REGISTER(bottom, top)) {}
  ~KnownStack() { VALGRIND_STACK_DEREGISTER(id_); }
#else
  KnownStack(const void* /*bottom*/, const void* /*top*/) noexcept {}
  ~KnownStack() = default;
#endif
  KnownStack(const KnownStack&) = delete;
  KnownStack& operator=(const KnownStack&) = delete;

#ifdef DOTCOMPUTE_KNOWS_VALGRIND

 private:
  unsigned id_;
#endif
};

/// Before the switch to a stack; `fake_stack` keeps what belongs to the one that is left, null if it is left for good.
inline void before_switch([[maybe_unused]] void** fake_stack, [[maybe_unused]] const void* bottom,
                          [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef DOTCOMPUTE_HAS_ASAN
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
#endif
}

/// After it, on the new stack; tells the stack that was left, where asked for.
inline void after_switch([[maybe_unused]] void* fake_stack, [[maybe_unused]] const void** bottom,
                         [[maybe_unused]] std::size_t* bytes) noexcept {
#ifdef DOTCOMPUTE_HAS_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, bottom, bytes);
#endif
}

/// A stack whose contents no longer matter.
inline void forget([[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef DOTCOMPUTE_HAS_ASAN
  __asan_unpoison_memory_region(bottom, bytes);
#endif
}

/// What ThreadSanitizer takes a fiber for: a thread of its own.
class ThreadFiber {
 public:
  ThreadFiber() = default;
  ThreadFiber(const ThreadFiber&) = delete;
  ThreadFiber& operator=(const ThreadFiber&) = delete;
#ifdef DOTCOMPUTE_HAS_TSAN
  ~ThreadFiber() { __tsan_destroy_fiber(fiber_); }
  [[nodiscard]] void* get() const noexcept { return fiber_; }
  /// For another use of its stack from the beginning.
  void renew() {
    __tsan_destroy_fiber(fiber_);
    fiber_ = __tsan_create_fiber(0);
  }

 private:
  void* fiber_ = __tsan_create_fiber(0);
#else
  ~ThreadFiber() = default;
  [[nodiscard]] void* get() const noexcept { return nullptr; }
  void renew() noexcept {}
#endif
};

[[nodiscard]] inline void* current_thread_fiber() noexcept {
#ifdef DOTCOMPUTE_HAS_TSAN
  return __tsan_get_current_fiber();
#else
  return nullptr;
#endif
}

/// Inlined: a function that begins on one fiber and ends on another would unbalance what ThreadSanitizer counts.
[[gnu::always_inline]] inline void switch_thread_fiber([[maybe_unused]] void* fiber) noexcept {
#ifdef DOTCOMPUTE_HAS_TSAN
  __tsan_switch_to_fiber(fiber, 0);
#endif
}

}  // namespace dotcompute::sanitizers
