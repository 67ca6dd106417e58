#pragma once

/// The handle of an asynchronous operation.
///
///     dotcompute::Task<float> norm(dotcompute::Launcher on, std::vector<float>& x) {
///       co_await on.execute(demo::square, x);     // suspends until the launch is complete
///       co_return std::sqrt(sum(x));
///     }
///     float length = norm(runtime, x).get();      // blocks
///
/// A Task comes from one of two producers: a coroutine that returns it (which starts at once and runs on the caller's
/// thread up to its first suspension), or an operation of the library, whose state derives from `detail::TaskState`.

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

template <class T>
class Task;

namespace detail {

/// What a thread does while it waits for work of other threads; worker threads set it, so that a wait on a worker runs
/// the team's work instead of blocking the team.
struct WaitingWork {
  /// Runs one piece of work; false if there was none. Null on threads that just block.
  bool (*run_some)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

/// The calling thread's entry.
[[nodiscard]] DOTCOMPUTE_API WaitingWork& waiting_work() noexcept;

/// The meeting point of an operation and the Task that stands for it. Each of the two is a holder; the last one to let
/// go releases the state. Completion, continuation and waiters meet in one atomic word, without a lock.
class DOTCOMPUTE_API TaskStateBase {
 public:
  TaskStateBase(const TaskStateBase&) = delete;
  TaskStateBase& operator=(const TaskStateBase&) = delete;

  /// Whether the operation ended; what it wrote is then visible to the caller.
  [[nodiscard]] bool ready() const noexcept { return phase_.load(std::memory_order_acquire) == finished; }

  /// Returns when the operation ended. An operation that can be helped along overrides it.
  virtual void wait() noexcept;

  /// Has `continuation` resumed when the operation ends, by the thread that ends it. False if it ended already: the
  /// caller then goes on by itself. At most once per state.
  [[nodiscard]] bool resume_later(std::coroutine_handle<> continuation) noexcept;

  /// One more hold, for someone who has one already or knows that another has.
  void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }

  /// Lets go of one hold; the last holder's call releases the state.
  void let_go() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) release();
  }

 protected:
  TaskStateBase() = default;
  ~TaskStateBase() = default;

  /// Destroys the state and returns its memory; called once, when nobody holds it any more.
  virtual void release() noexcept = 0;

  /// Publishes the result, wakes waiters, lets go of the operation's hold and then resumes the continuation. The
  /// operation must not touch the state afterwards.
  void finish() noexcept;

  std::exception_ptr error_;  ///< Set before `finish` if the operation failed.

 private:
  enum Phase : std::uint32_t { running, awaited, finished };

  std::atomic<std::uint32_t> phase_{running};
  std::atomic<std::uint32_t> holders_{2};
  std::coroutine_handle<> continuation_;
};

/// Adds the result. `T` may be void.
template <class T>
class TaskState : public TaskStateBase {
 public:
  /// The result, once; rethrows what the operation failed with. Only after it ended.
  T take() {
    if (error_) std::rethrow_exception(std::move(error_));
    return std::move(*value_);
  }

 protected:
  ~TaskState() = default;

  std::optional<T> value_;  ///< Set before `finish` unless the operation failed.
};

template <>
class TaskState<void> : public TaskStateBase {
 public:
  void take() {
    if (error_) std::rethrow_exception(std::move(error_));
  }

 protected:
  ~TaskState() = default;
};

/// The state of a coroutine that returns Task<T>; it lives in the coroutine's frame.
template <class T, class Promise>
class CoroutineState : public TaskState<T> {
  struct Finish {
    static constexpr bool await_ready() noexcept { return false; }
    // The frame may be gone when this returns; nothing of it is touched afterwards.
    static void await_suspend(std::coroutine_handle<Promise> frame) noexcept { frame.promise().finish(); }
    static void await_resume() noexcept {}
  };

 public:
  Task<T> get_return_object() noexcept { return Task<T>(*this); }
  static std::suspend_never initial_suspend() noexcept { return {}; }
  static Finish final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { this->error_ = std::current_exception(); }

 private:
  void release() noexcept final {
    std::coroutine_handle<Promise>::from_promise(static_cast<Promise&>(*this)).destroy();
  }
};

template <class T>
class CoroutinePromise final : public CoroutineState<T, CoroutinePromise<T>> {
 public:
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    this->value_.emplace(std::forward<U>(value));
  }
};

template <>
class CoroutinePromise<void> final : public CoroutineState<void, CoroutinePromise<void>> {
 public:
  static void return_void() noexcept {}
};

}  // namespace detail

/// A move-only handle of an operation that is under way or ended. Its destructor waits for the operation. One thread
/// uses a Task at a time; the operation itself runs wherever it likes.
///
/// A coroutine that awaits a Task goes on in the thread that completed it: a worker of the library, never a callback
/// thread of a driver.
template <class T>
class [[nodiscard]] Task {
  static_assert(!std::is_reference_v<T>, "dotcompute::Task<T&>: return a pointer or a value");

 public:
  using promise_type = detail::CoroutinePromise<T>;

  /// A Task without an operation.
  Task() noexcept = default;

  /// Takes over the handle's hold on a library operation's state.
  explicit Task(detail::TaskState<T>& state) noexcept : state_(&state) {}

  Task(Task&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
  }
  ~Task() { reset(); }

  /// Whether there is an operation whose result was not taken.
  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }

  /// Whether the operation ended, so that `get` does not block. `valid()` must hold.
  [[nodiscard]] bool ready() const noexcept { return state_->ready(); }

  /// Returns when the operation ended; on a worker thread it helps instead of blocking. `valid()` must hold.
  void wait() const noexcept {
    if (!state_->ready()) state_->wait();
  }

  /// Waits and takes the result; rethrows what the operation failed with. The Task is empty afterwards.
  T get() {
    wait();
    const Hold hold(std::exchange(state_, nullptr));
    return hold.state->take();
  }

  /// Suspends the awaiting coroutine until the operation ended; the value of the expression is the result.
  auto operator co_await() noexcept { return Awaiter{*this}; }

 private:
  struct Hold {
    explicit Hold(detail::TaskState<T>* held) noexcept : state(held) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { state->let_go(); }
    detail::TaskState<T>* state;
  };

  struct Awaiter {
    Task& task;
    [[nodiscard]] bool await_ready() const noexcept { return task.state_->ready(); }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> caller) const noexcept {
      return task.state_->resume_later(caller);
    }
    T await_resume() const {
      const Hold hold(std::exchange(task.state_, nullptr));
      return hold.state->take();
    }
  };

  void reset() noexcept {
    if (state_ == nullptr) return;
    wait();
    std::exchange(state_, nullptr)->let_go();
  }

 protected:
  /// Lets go of the operation without waiting for it.
  void abandon() noexcept {
    if (state_ != nullptr) std::exchange(state_, nullptr)->let_go();
  }

 private:
  detail::TaskState<T>* state_ = nullptr;
};

/// A Task whose operation keeps everything it uses alive by itself, so that nobody has to wait for it.
template <class T>
class [[nodiscard]] DetachableTask : public Task<T> {
 public:
  using Task<T>::Task;

  /// Lets the operation go on by itself. Its result, and an error it fails with, are lost.
  void detach() noexcept { this->abandon(); }
};

}  // namespace dotcompute
