#include <dotcompute/runtime/launch_sequence.hpp>

#include <array>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "device_launch.hpp"
#include "launch.hpp"
#include "named_error.hpp"
#include "plan.hpp"

namespace dotcompute::detail {

/// One replay.
class SequenceReplay {
 public:
  /// `reports` is null or has room for all.
  SequenceReplay(std::span<PreparedCall* const> calls, LaunchReport* reports) noexcept
      : calls_(calls), reports_(reports), epoch_(registry_epoch()) {}

  SequenceReport run() {
    try {
      run_direct_calls();
    } catch (...) {
      failure_ = {std::current_exception(), next_, next_ + 1};
    }
    if (goes_on()) run_other_calls();
    if (failure_.error) rethrow_failure();
    return sum_;
  }

 private:
  /// A launch that a device was given.
  struct EnqueuedCall {
    std::size_t position = 0;
    const LaunchPlan* plan = nullptr;
    BufferStorage* const* buffers = nullptr;
    DeviceWork work;
  };

  /// Those that nobody has waited for.
  struct EnqueuedCalls {
    std::array<EnqueuedCall, 16> calls;
    std::size_t count = 0;
  };

  /// The first launch that failed, and how many were begun. They are counted from 0.
  struct Failure {
    std::exception_ptr error;  ///< Null for none.
    std::size_t failed = 0;
    std::size_t begun = 0;
  };

  [[nodiscard]] bool goes_on() const noexcept {
    return next_ < calls_.size() && sum_.outcome == LaunchOutcome::completed && !failure_.error;
  }

  /// Whether the launch is a call of code on the host, and the registry is as it was when that was found out.
  [[nodiscard]] static bool is_direct(const PreparedCall& call, std::uint64_t epoch) noexcept {
    return call.direct_.code != nullptr && call.bound_.plan->valid_epoch.load(std::memory_order_acquire) == epoch;
  }

  /// Those at the beginning that only run code on the host: of most sequences all.
  void run_direct_calls() {
    const std::span<PreparedCall* const> calls = calls_;
    const std::uint64_t epoch = epoch_;
    LaunchReport* const reports = reports_;
    LaunchOutcome outcome = LaunchOutcome::completed;
    for (; next_ < calls.size() && outcome == LaunchOutcome::completed && is_direct(*calls[next_], epoch); ++next_) {
      const DirectLaunch& direct = calls[next_]->direct_;
      outcome = direct.code->run(direct.launch);
      if (reports != nullptr) {
        reports[next_] = direct.report;
        reports[next_].outcome = outcome;
      }
    }
    sum_.outcome = outcome;
    sum_.launches = next_;
    sum_.completed = outcome == LaunchOutcome::completed ? next_ : next_ - 1;
  }

  void run_other_calls() {
    EnqueuedCalls enqueued;
    for (; goes_on(); ++next_) {
      try {
        run_call(*calls_[next_], enqueued);
      } catch (...) {
        const std::exception_ptr error = std::current_exception();
        wait_for(enqueued);
        if (!failure_.error) failure_ = {error, next_, next_ + 1};
      }
    }
    wait_for(enqueued);
  }

  void run_call(const PreparedCall& call, EnqueuedCalls& enqueued) {
    if (is_direct(call, epoch_)) {
      wait_for(enqueued);
      if (!failure_.error) note(call.run());
      return;
    }
    const BoundCall bound = place_call(call.options, call.current());
    if (enqueued.count == enqueued.calls.size()) wait_for(enqueued);
    if (failure_.error) return;
    EnqueuedCall& next = enqueued.calls[enqueued.count];
    LaunchReport report;
    if (enqueue_bound(call.options, bound, next.work, report)) {
      next = {next_, bound.plan, bound.buffers, next.work};
      ++enqueued.count;
      note(report);
      return;
    }
    wait_for(enqueued);
    if (!failure_.error) note(run_bound(call.options, bound));
  }

  /// Returns when all of them are complete, or failed.
  void wait_for(EnqueuedCalls& enqueued) noexcept {
    for (const EnqueuedCall& call : std::span(enqueued.calls).first(enqueued.count)) {
      try {
        wait_on_device(*call.plan, call.buffers, call.work);
        if (failure_.error) lose_results(*call.plan, call.buffers, call.work, "came behind one that failed");
      } catch (...) {
        if (!failure_.error) failure_ = {std::current_exception(), call.position, next_};
      }
    }
    enqueued.count = 0;
  }

  /// The next launch was begun.
  void note(const LaunchReport& report) noexcept {
    if (reports_ != nullptr) reports_[next_] = report;
    sum_.outcome = report.outcome;
    if (report.outcome == LaunchOutcome::completed) ++sum_.completed;
    sum_.launches += report.launches;
    sum_.bytes_to_device += report.bytes_to_device;
    sum_.bytes_to_host += report.bytes_to_host;
  }

  [[nodiscard]] std::string describe_failure(std::string_view kernel) const {
    const auto& [error, failed, begun] = failure_;
    std::string text = fmt::format("sequence: launch {} of {} ({}) failed", failed + 1, calls_.size(), kernel);
    if (begun > failed + 1) {
      text +=
          fmt::format("; the device had been given those up to launch {}, and what they wrote has no content", begun);
    }
    if (begun < calls_.size()) text += "; later ones were not begun";
    return text;
  }

  [[noreturn]] void rethrow_failure() const {
    const std::string_view kernel = calls_[failure_.failed]->bound_.plan->kernel;
    try {
      std::rethrow_exception(failure_.error);
    } catch (...) {
      rethrow_named([&](const char* what) { return fmt::format("{}: {}", describe_failure(kernel), what); }, kernel);
    }
  }

  std::span<PreparedCall* const> calls_;
  LaunchReport* reports_;
  std::uint64_t epoch_;
  std::size_t next_ = 0;  ///< The launch that is begun next.
  SequenceReport sum_;
  Failure failure_;
};

RecordedCalls::~RecordedCalls() {
  for (PreparedCall* const call : calls_) call->release();
}

void RecordedCalls::record(PreparedCall* call) {
  if (call == nullptr) {
    throw ExecutionError(Remedy::fix_input, "sequence: the prepared launch was moved from; record what it went to");
  }
  calls_.push_back(call);
  call->retain();
}

SequenceReport RecordedCalls::replay() const { return SequenceReplay(calls_, nullptr).run(); }

SequenceReport RecordedCalls::replay(std::span<LaunchReport> reports) const {
  if (reports.size() < calls_.size()) {
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("sequence: {} launches are recorded, and there is room for {} reports; give room "
                                     "for as many",
                                     calls_.size(), reports.size()));
  }
  return SequenceReplay(calls_, reports.data()).run();
}

void RecordedCalls::throw_moved_from() {
  throw ExecutionError(Remedy::fix_input, "sequence: it was moved from; use the one it went to");
}

}  // namespace dotcompute::detail
