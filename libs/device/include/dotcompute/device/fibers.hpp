#pragma once

/// A stack of its own for each item of a group, so that a function that is run item by item can wait in the middle of
/// itself.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute {

/// Runs the items of one group after the other, each on a fiber, on the calling thread. A barrier switches to the next
/// item. One per thread; the stacks are used again from group to group.
class Fibers {
 public:
  Fibers() noexcept;
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;
  ~Fibers();

  /// Makes ready for groups of so many items. `waits` says whether the kernel has barriers: without, its items need no
  /// stacks of their own. Throws OutOfMemoryError.
  void prepare(std::uint64_t items, bool waits);

  /// What the entry is given.
  [[nodiscard]] const dotcompute_fibers* table() const noexcept { return &table_; }

  /// Why the last group could not be run to its end: an item that ended or waited elsewhere while others waited. It
  /// ends a sentence that begins with the kernel. Nothing if all went well.
  [[nodiscard]] const std::optional<std::string>& problem() const noexcept { return problem_; }

  /// Where a new fiber begins: `thread` is where it was started from.
  static void enter(void* thread, void* fiber) noexcept;

 private:
  struct Fiber;

  int run(std::uint64_t count, void (*item)(void*, std::uint64_t), void* argument);
  void wait(unsigned line) noexcept;
  void start(Fiber& fiber, std::uint64_t index);
  void begin(void* thread) noexcept;
  void switch_to(Fiber& fiber) noexcept;
  void switch_back(bool is_last) noexcept;

  dotcompute_fibers table_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  bool waits_ = true;
  std::optional<std::string> problem_;

  // Of the group that is running.
  void (*item_)(void*, std::uint64_t) = nullptr;
  void* argument_ = nullptr;
  Fiber* current_ = nullptr;
  void* thread_ = nullptr;  ///< The context of the thread itself, while a fiber runs.
  // What the sanitizers know of the thread's own stack.
  const void* thread_stack_ = nullptr;
  std::size_t thread_stack_bytes_ = 0;
  void* thread_fake_stack_ = nullptr;
  void* thread_fiber_ = nullptr;
};

/// The calling thread's.
[[nodiscard]] Fibers& fibers_of_thread();

}  // namespace dotcompute
