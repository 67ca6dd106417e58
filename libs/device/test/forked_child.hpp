#pragma once

/// Runs a part of a test in a child of fork().

#include <unistd.h>
#include <sys/wait.h>

#include <cstddef>

#include <gtest/gtest.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define DOTCOMPUTE_TEST_UNDER_SANITIZER 1
#endif
#elif defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define DOTCOMPUTE_TEST_UNDER_SANITIZER 1
#endif

namespace dotcompute::test {

#if defined(DOTCOMPUTE_TEST_UNDER_SANITIZER)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = false;
#endif

/// For a parent that has threads. TSan ends a child that starts threads if its parent had some; ASan's own allocator
/// stays locked for ever in the child if one of the parent's threads held a lock of it.
inline void skip_where_threads_and_fork_do_not_mix() {
  if (under_sanitizer) GTEST_SKIP() << "the sanitizers' runtimes do not survive a fork of a process with threads";
}

/// How a child ended.
struct ChildEnd {
  bool exited = false;  ///< And was not ended by a signal, the alarm of a child that hangs among them.
  int status = 0;
  friend bool operator==(const ChildEnd&, const ChildEnd&) = default;
};
inline constexpr ChildEnd good_end{true, 0};

/// `part` returns how many errors it found; none of the parent's destructors and exit handlers run in the child.
template <class Part>
ChildEnd end_of_child(Part part) {
  constexpr unsigned hangs_after_s = 100;
  const pid_t child = fork();
  if (child == 0) {
    alarm(hangs_after_s);
    const std::size_t errors = part();
    _exit(errors == 0 ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return {};
  return {true, WEXITSTATUS(status)};
}

}  // namespace dotcompute::test
