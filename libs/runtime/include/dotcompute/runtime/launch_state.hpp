#pragma once

/// The state of an asynchronous launch: what the device sees (a PendingLaunch) and what the Task sees (a TaskState) in
/// one block of memory that comes from a free list of the calling thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/task.hpp>
#include <dotcompute/device/launch.hpp>
#include <dotcompute/memory/host_uses.hpp>
#include <dotcompute/runtime/report.hpp>

namespace dotcompute::detail {

class BufferStorage;
class CheckedCall;
class LaunchWatcher;
class StreamCore;
struct BoundCall;
struct CallUses;
struct InFlightCount;
struct LaunchOptions;
struct LaunchPlan;

/// Memory for launch states, aligned to 64 bytes. Each thread keeps what its launches used; a state released on another
/// thread finds its way back without a lock. Throws std::bad_alloc.
[[nodiscard]] DOTCOMPUTE_API void* allocate_state(std::size_t size_bytes);
DOTCOMPUTE_API void free_state(void* memory) noexcept;

struct DOTCOMPUTE_API CheckedCallDeleter {
  void operator()(CheckedCall* call) const noexcept;
};

/// A launch between its start and its completion.
class DOTCOMPUTE_API LaunchInFlight : public PendingLaunch {
 public:
  /// Counts the launch as in flight and hands it to the device, at once or, where others use its buffers, when its turn
  /// has come. If this throws, the launch never started; what goes wrong later is its outcome.
  void start(const BoundCall& bound, InFlightCount& count);

  /// Before the start: the launch of a checked kernel, whose fault will be the launch's error. Returns the call to
  /// start.
  [[nodiscard]] BoundCall check(const BoundCall& bound);

  void completed(LaunchOutcome outcome, std::exception_ptr error) noexcept final;

  LaunchReport report;         ///< Filled by the pipeline; completion adds the outcome.
  std::uint64_t begun_ns = 0;  ///< When the call began and when the device was given the launch; only if timed.
  std::uint64_t started_ns = 0;
  std::shared_ptr<StreamCore> stream;  ///< Shared with the program's handle; null: the runtime's choice.
  LaunchWatcher* watcher = nullptr;    ///< Null for none.

 protected:
  LaunchInFlight() = default;
  ~LaunchInFlight() = default;

  /// Works on the launch until it is complete; returns at once if it is, or if its runtime may be gone.
  void help() noexcept;

  /// The launch ended. Publishing the result is the last thing this does.
  virtual void deliver(std::exception_ptr error) noexcept = 0;
  /// The state stays while somebody holds it.
  virtual void hold_state() noexcept = 0;
  virtual void let_go_of_state() noexcept = 0;

 private:
  struct DeviceFlight;
  /// Its turn among the launches that use its buffers.
  struct Turn final : UseTicket {
    explicit Turn(LaunchInFlight& waiting) noexcept : UseTicket(&Turn::has_come), launch(waiting) {}
    static void has_come(UseTicket& ticket) noexcept;
    LaunchInFlight& launch;
  };
  static constexpr std::uint32_t waits = 0;
  static constexpr std::uint32_t begun = 1;

  /// What it waits for.
  [[nodiscard]] CallUses uses() const noexcept;
  void give_back_uses() noexcept;
  [[nodiscard]] bool take_turn();
  [[nodiscard]] BoundCall bound() const noexcept;
  void begin();
  void begin_on_host();
  void begin_on_device();
  void begin_in_turn() noexcept;
  void end(LaunchOutcome outcome, std::exception_ptr error) noexcept;

  [[nodiscard]] bool enter() noexcept;
  void leave() noexcept;
  [[nodiscard]] bool is_completed() const noexcept { return completed_.load(std::memory_order_acquire); }
  [[nodiscard]] DeviceFlight& flight() noexcept;
  void wait_on_device() noexcept;

  const LaunchPlan* plan_ = nullptr;
  BufferStorage* const* buffers_ = nullptr;
  InFlightCount* count_ = nullptr;
  std::unique_ptr<CheckedCall, CheckedCallDeleter> checked_;
  std::unique_ptr<UseWait[]> waits_;  ///< Of a launch of many buffers that has to wait.
  Turn turn_{*this};
  std::atomic<std::uint32_t> phase_{begun};
  bool holds_uses_ = false;
  std::atomic<std::uint32_t> users_{1};  ///< The launch itself, and each thread that helps it.
  std::atomic<bool> completed_{false};
};

/// A launch whose Task yields `T`.
template <class T>
class LaunchState : public TaskState<T>, public LaunchInFlight {
 public:
  void wait() noexcept final {
    this->help();
    TaskStateBase::wait();
  }

  static void* operator new(std::size_t size_bytes) { return allocate_state(size_bytes); }
  static void operator delete(void* memory) noexcept { free_state(memory); }

 protected:
  ~LaunchState() = default;

 private:
  void hold_state() noexcept final { this->hold(); }
  void let_go_of_state() noexcept final { this->let_go(); }
};

/// A launch that yields its report; `Payload` is the argument block and what keeps its memory alive.
template <class Payload>
class ReportingLaunch final : public LaunchState<LaunchReport> {
 public:
  template <class... A>
  explicit ReportingLaunch(A&&... arguments) : payload(std::forward<A>(arguments)...) {}

  Payload payload;

 private:
  void deliver(std::exception_ptr error) noexcept override {
    if (error) {
      this->error_ = std::move(error);
    } else {
      this->value_.emplace(this->report);
    }
    this->finish();
  }
  void release() noexcept override { delete this; }
};

/// Owns a state whose launch was not started yet; both holds go if the start fails.
template <class State>
class UnstartedLaunch {
 public:
  explicit UnstartedLaunch(State* state) noexcept : state_(state) {}
  UnstartedLaunch(const UnstartedLaunch&) = delete;
  UnstartedLaunch& operator=(const UnstartedLaunch&) = delete;
  ~UnstartedLaunch() {
    if (state_ == nullptr) return;
    state_->let_go();
    state_->let_go();
  }
  State* operator->() const noexcept { return state_; }
  State& operator*() const noexcept { return *state_; }
  /// The launch started: the operation holds one hold and the Task will take over the other.
  State& started() noexcept { return *std::exchange(state_, nullptr); }

 private:
  State* state_;
};

}  // namespace dotcompute::detail
