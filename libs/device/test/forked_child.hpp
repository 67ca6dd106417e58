#pragma once

/// Runs a part of a test in a child of fork().

#include <unistd.h>
#include <sys/wait.h>

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DOTCOMPUTE_TEST_UNDER_TSAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define DOTCOMPUTE_TEST_UNDER_TSAN 1
#endif

namespace dotcompute::test {

#if defined(DOTCOMPUTE_TEST_UNDER_TSAN)
inline constexpr bool under_tsan = true;
#else
inline constexpr bool under_tsan = false;
#endif

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
