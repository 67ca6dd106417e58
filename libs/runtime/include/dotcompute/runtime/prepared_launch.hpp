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

namespace detail {

/// The call that a PreparedLaunch repeats; shared by the handle and its launches in flight. Thread-safe.
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

  LaunchOptions options;
  FunctionCall function;  ///< Of a call by function,
  std::string kernel;     ///< else the name.
  BoundCall bound;        ///< Without its plan, which may change.
  mutable std::atomic<const LaunchPlan*> plan{nullptr};

 private:
  [[nodiscard]] BoundCall current() const;

  std::atomic<std::uint32_t> holders_{1};
};

template <class Function, class... A>
class PreparedFunction final : public PreparedCall {
 public:
  PreparedFunction(const LaunchOptions& launch_options, const FunctionCall& call, A&&... arguments)
      : PreparedCall(launch_options), held_(std::forward<A>(arguments)...) {
    function = call;
    bound = bind_function(options, call, held_.block(), held_.buffers());
    plan = bound.plan;
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
    bound = bind_name(options, name, views, held_.block);
    plan = bound.plan;
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
  detail::PreparedCall* call_;
};

}  // namespace dotcompute
