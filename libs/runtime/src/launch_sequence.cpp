#include <dotcompute/runtime/launch_sequence.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/memory/host_uses.hpp>

#include "device_launch.hpp"
#include "launch.hpp"
#include "named_error.hpp"
#include "place.hpp"
#include "plan.hpp"

namespace dotcompute::detail {

namespace {

HostUse host_use_of(const SequenceUse& use) noexcept { return use.is_written ? HostUse::write : HostUse::read; }

void add_use(std::vector<SequenceUse>& uses, BufferStorage* buffer, bool is_written) {
  const auto known = std::ranges::find(uses, buffer, &SequenceUse::buffer);
  if (known == uses.end()) {
    uses.push_back({buffer, is_written});
  } else {
    known->is_written = known->is_written || is_written;
  }
}

/// The uses of the buffers of several launches on the host, while it holds them.
class HeldSequenceUses {
 public:
  explicit HeldSequenceUses(std::span<const SequenceUse> uses) noexcept : uses_(uses) {}
  HeldSequenceUses(const HeldSequenceUses&) = delete;
  HeldSequenceUses& operator=(const HeldSequenceUses&) = delete;
  ~HeldSequenceUses() { give_back_first(taken_); }

  /// False where somebody is in the way of one.
  [[nodiscard]] bool try_take() noexcept {
    for (; taken_ < uses_.size(); ++taken_) {
      if (uses_[taken_].buffer->uses().try_take(host_use_of(uses_[taken_]))) continue;
      give_back_first(std::exchange(taken_, 0));
      return false;
    }
    return true;
  }

  /// Whether all that is read is current on the host, and nothing of what is written anywhere else. Once they are held,
  /// that stays so.
  [[nodiscard]] bool are_ready() const noexcept {
    return std::ranges::all_of(uses_, [](const SequenceUse& use) {
      return use.buffer->is_ready_on_host(use.is_written ? Use::update : Use::read);
    });
  }

 private:
  void give_back_first(std::size_t count) noexcept {
    for (const SequenceUse& use : uses_.first(count)) use.buffer->uses().give_back(host_use_of(use));
  }

  std::span<const SequenceUse> uses_;
  std::size_t taken_ = 0;
};

}  // namespace

/// One replay.
class SequenceReplay {
 public:
  /// `reports` is null or has room for all.
  SequenceReplay(const RecordedCalls& recorded, LaunchReport* reports) noexcept
      : recorded_(recorded), calls_(recorded.calls_), reports_(reports), epoch_(registry_epoch()) {}

  SequenceReport run() {
    run_host_calls();
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

  /// Whether the launch is a call of code on the host, perhaps with buffers, and the registry is as it was when that
  /// was found out.
  [[nodiscard]] static bool is_direct(const PreparedCall& call, std::uint64_t epoch) noexcept {
    return call.direct_.code != nullptr && call.bound_.plan->valid_epoch.load(std::memory_order_acquire) == epoch;
  }

  /// Those at the beginning that only call code on the host, of many sequences all. Their buffers are taken once for
  /// all of them; where somebody is in the way of one, the launches wait for their turns one by one.
  void run_host_calls() {
    if (recorded_.uses_.empty()) return run_taken_calls(false);
    HeldSequenceUses uses(recorded_.uses_);
    if (uses.try_take()) run_taken_calls(!uses.are_ready());
  }

  /// The same when nobody is in the way. `must_place`: not all buffers are ready.
  void run_taken_calls(bool must_place) {
    // Copies, which stay in registers: this loop is what a replay costs.
    const std::span<PreparedCall* const> calls = calls_.first(recorded_.host_calls_);
    const std::uint64_t epoch = epoch_;
    LaunchReport* const reports = reports_;
    LaunchOutcome outcome = LaunchOutcome::completed;
    std::size_t next = 0;
    try {
      while (next < calls.size() && is_direct(*calls[next], epoch)) {
        const PreparedCall& call = *calls[next];
        const DirectLaunch& direct = call.direct_;
        if (reports != nullptr) reports[next] = direct.report;
        if (!call.only_runs_code_) {
          if (must_place) place(call, reports == nullptr ? nullptr : &reports[next]);
          outcome = run_on_host(call.bound_, direct.launch);
        } else {
          outcome = direct.code->run(direct.launch);
        }
        ++next;
        if (outcome != LaunchOutcome::completed) break;
      }
    } catch (...) {
      failure_ = {std::current_exception(), next, next + 1};
    }
    next_ = next;
    sum_.outcome = outcome;
    sum_.launches = next;
    sum_.completed = outcome == LaunchOutcome::completed ? next : next - 1;
    if (reports != nullptr && next != 0) reports[next - 1].outcome = outcome;
  }

  /// `report` may be null.
  void place(const PreparedCall& call, LaunchReport* report) {
    const std::uint64_t bytes = place_on_host(call.bound_);
    if (report != nullptr) report->bytes_to_host = bytes;
    sum_.bytes_to_host += bytes;
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
    BoundCall bound = call.current();
    if (bound.plan->is_open) bound = place_call(call.options, bound);
    if (bound.plan->device_code != nullptr && enqueue_call(call.options, bound, enqueued)) return;
    wait_for(enqueued);
    if (!failure_.error) note(run_bound(call.options, bound));
  }

  /// False where the call has to be run once the enqueued ones are complete.
  bool enqueue_call(const LaunchOptions& options, const BoundCall& bound, EnqueuedCalls& enqueued) {
    if (enqueued.count == enqueued.calls.size()) wait_for(enqueued);
    if (failure_.error) return false;
    EnqueuedCall& next = enqueued.calls[enqueued.count];
    LaunchReport report;
    if (!enqueue_bound(options, bound, next.work, report)) return false;
    next = {next_, bound.plan, bound.buffers, next.work};
    ++enqueued.count;
    note(report);
    return true;
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
      text += fmt::format("; devices had been given those up to launch {}, and what they wrote has no content", begun);
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

  const RecordedCalls& recorded_;
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
  std::vector<SequenceUse> uses = uses_;
  const bool is_host_call = host_calls_ == calls_.size() && call->direct_.code != nullptr;
  const BoundCall& bound = call->bound_;
  if (is_host_call && bound.buffers != nullptr) {
    for (std::size_t i = 0; i < bound.plan->parameters.size(); ++i) {
      if (bound.buffers[i] != nullptr) add_use(uses, bound.buffers[i], bound.plan->parameters[i].shape.is_written);
    }
  }
  calls_.push_back(call);
  call->retain();
  uses_ = std::move(uses);
  if (is_host_call) ++host_calls_;
}

SequenceReport RecordedCalls::replay() const { return SequenceReplay(*this, nullptr).run(); }

SequenceReport RecordedCalls::replay(std::span<LaunchReport> reports) const {
  if (reports.size() < calls_.size()) {
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("sequence: {} launches are recorded, and there is room for {} reports; give room "
                                     "for as many",
                                     calls_.size(), reports.size()));
  }
  return SequenceReplay(*this, reports.data()).run();
}

void RecordedCalls::throw_moved_from() {
  throw ExecutionError(Remedy::fix_input, "sequence: it was moved from; use the one it went to");
}

}  // namespace dotcompute::detail
