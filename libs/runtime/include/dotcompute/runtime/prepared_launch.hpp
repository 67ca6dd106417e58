#pragma once

/// A launch whose every decision is made, to be repeated at next to no cost.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/task.hpp>
#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/launch_options.hpp>
#include <dotcompute/runtime/report.hpp>

namespace dotcompute {

class LaunchSequence;

namespace detail {

class RecordedCalls;
class SequenceReplay;

/// The call that a PreparedLaunch repeats; shared by the handle, its launches in flight and sequences. Thread-safe.
class DOTCOMPUTE_API PreparedCall {
 public:
  PreparedCall(const PreparedCall&) = delete;
  PreparedCall& operator=(const PreparedCall&) = delete;

  void retain() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  [[nodiscard]] LaunchReport run() const;
  [[nodiscard]] Task<LaunchReport> execute();

 protected:
  explicit PreparedCall(const LaunchOptions& launch_options) : options(launch_options) {}
  virtual ~PreparedCall() = default;

  /// Ends the preparation: `bound` is the call that is repeated. Its block and buffers are the derived object's.
  void keep(const BoundCall& bound);

  LaunchOptions options;
  FunctionCall function;  ///< Of a call by function,
  std::string kernel;     ///< else the name.

 private:
  friend class RecordedCalls;
  friend class SequenceReplay;

  [[nodiscard]] BoundCall current() const;

  BoundCall bound_;                                       ///< With the plan of the preparation,
  DirectLaunch direct_;                                   ///< for which these were made.
  bool only_runs_code_ = false;                           ///< `direct_` is all that there is to do.
  mutable std::atomic<const LaunchPlan*> plan_{nullptr};  ///< The plan of the last launch that looked for one.
  std::atomic<std::uint32_t> holders_{1};
};

template <class Function, class... A>
class PreparedFunction final : public PreparedCall {
 public:
  PreparedFunction(const LaunchOptions& launch_options, const FunctionCall& call, A&&... arguments)
      : PreparedCall(launch_options), held_(std::forward<A>(arguments)...) {
    function = call;
    keep(bind_function(options, call, held_.block(), held_.buffers()));
  }

 private:
  HeldArguments<Function, A...> held_;
};

template <class... N>
class PreparedName final : public PreparedCall {
 public:
  PreparedName(const LaunchOptions& launch_options, std::string_view name, Named<N>&&... arguments)
      : PreparedCall(launch_options), held_(std::move(arguments)...) {
    kernel = name;
    const auto views = held_.views();
    keep(bind_name(options, name, views, held_.block));
  }

 private:
  HeldNames<N...> held_;
};

}  // namespace detail

/// Made by `Launcher::prepare`. The arguments were bound then: spans and named containers stay borrowed, buffers stay
/// retained and values stay as they were until the PreparedLaunch is destroyed. Several threads may launch it at once
/// as far as the kernel's writes allow. It must not outlive its Runtime.
///
/// When kernels were loaded or unloaded meanwhile, the next launch finds its kernel again and throws ExecutionError if
/// it is gone or its parameters changed.
///
/// Where the launch only runs code on the host (no buffers, no stream, not timed), `run` is a look at the registry and
/// the call of that code; a kernel that was replaced by another is run as `Launcher::run` does it.
class PreparedLaunch {
 public:
  /// Takes over the caller's hold.
  explicit PreparedLaunch(detail::PreparedCall* call) noexcept : call_(call) {}
  PreparedLaunch(PreparedLaunch&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  PreparedLaunch& operator=(PreparedLaunch&& other) noexcept {
    std::swap(call_, other.call_);
    return *this;
  }
  ~PreparedLaunch() {
    if (call_ != nullptr) call_->release();
  }

  /// Launches and blocks until complete. Throws as `Launcher::run`.
  LaunchReport run() const { return call_->run(); }

  /// Launches; the Task's destructor waits.
  Task<LaunchReport> execute() const { return call_->execute(); }

 private:
  friend class LaunchSequence;

  detail::PreparedCall* call_;
};

}  // namespace dotcompute
