#pragma once

/// What the first launch of a kind works out for all later ones: the kernel, the device and the kernel's code for it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/report.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>
#include <dotcompute/runtime/signature.hpp>

#include "find.hpp"
#include "placement.hpp"
#include "prepare.hpp"
#include "step_clock.hpp"

namespace dotcompute::detail {

/// A parameter as the kernel's record describes it, in memory of its own.
struct PlannedParameter {
  std::string_view name;       ///< Lives as long as the program.
  std::string_view type_name;  ///< Of the value or element, as C++ spells it; lives as long as the program.
  ParameterShape shape;
  std::uint64_t offset = 0;  ///< In the argument block, bytes.

  friend bool operator==(const PlannedParameter&, const PlannedParameter&) = default;
};

/// Two spans of which the kernel writes the first; they must not overlap in part.
struct SpanPair {
  const PlannedParameter* written = nullptr;
  const PlannedParameter* other = nullptr;
};

/// Immutable but for `valid_epoch`. Lives as long as its Runtime, so that whoever remembers one may look at it; it may
/// be used while `valid_epoch` is the registry's epoch.
struct LaunchPlan {
  std::string_view kernel;  ///< Lives as long as the program.
  int dimensions = 1;
  bool fast_math = false;
  std::uint64_t block_size = 0;
  std::vector<PlannedParameter> parameters;
  std::uint32_t span_count = 0;
  std::vector<SpanPair> span_pairs;  ///< Each two once. They point into `parameters`.
  bool is_checked = false;
  PlannedParameter faults;  ///< Of a checked kernel: the span of words behind its parameters; see CheckedCall.
  const Device* device = nullptr;
  SelectionReason reason = SelectionReason::cpu_by_default;
  const HostKernel* host_code = nullptr;      ///< For a device that runs on the host's memory,
  const HostKernel* direct_code = nullptr;    ///< the same where a launch without buffers needs nothing else,
  const DeviceKernel* device_code = nullptr;  ///< else this.
  bool is_open = false;                       ///< Each launch looks at what it is to run on.
  double operations_per_item = 1;
  double ns_per_item = 0;                  ///< About, on `device`.
  std::unique_ptr<Candidates> candidates;  ///< Null where there is one device only.
  FoundKernel found;
  std::atomic<std::uint64_t> valid_epoch{0};

  /// Whether a block bound for `other` fits this one too.
  [[nodiscard]] bool same_parameters(const LaunchPlan& other) const noexcept {
    return dimensions == other.dimensions && block_size == other.block_size && parameters == other.parameters;
  }
};

/// The plans of one Runtime. Each thread remembers the plans it used last and finds them without a lock; this table is
/// what it asks otherwise. Plans and code of kernels that are gone stay until the Runtime goes: launches and the
/// threads' memories may still point at them.
class PlanTable {
 public:
  explicit PlanTable(RuntimeCore& runtime) noexcept : runtime_(runtime) {}

  /// The valid plan for a call by function or by name on `device` (null: the runtime's choice). Throws what the kernel
  /// or the device refuses.
  const LaunchPlan& plan(const FunctionCall& call, const Device* device, StepClock& clock);
  const LaunchPlan& plan(std::string_view kernel, const Device* device, StepClock& clock);

  /// The plan of a launch on one of the candidates of an open plan. Where that device cannot build the kernel, the plan
  /// is one for the first candidate.
  const LaunchPlan& plan_of_candidate(const LaunchPlan& open, std::size_t candidate);

  /// More devices are known now: launches that name none are planned again.
  void forget_choices() noexcept;

 private:
  struct FunctionKey {
    void (*function)();
    const Signature* signature;
    const Device* device;
    bool operator==(const FunctionKey&) const = default;
  };
  struct FunctionHash {
    std::size_t operator()(const FunctionKey& key) const noexcept;
  };
  struct Code {
    FoundKernel found;
    const Device* device = nullptr;
    PreparedCode code;
  };

  /// The plan that `remembered` should name: itself if `found` is still its kernel, else a new one, remembered.
  const LaunchPlan& current(LaunchPlan*& remembered, const FoundKernel& found, std::uint64_t epoch,
                            const Device* device, StepClock& clock);
  /// The device of a plan, or those that it may be.
  void choose_device(LaunchPlan& plan, const Device* asked_for);
  [[nodiscard]] std::vector<const Device*> find_candidates(const KernelDefinition& kernel);
  void prepare(LaunchPlan& plan);
  void forget_choices_locked() noexcept;
  const PreparedCode& code_for(const FoundKernel& found, const Device& device);

  RuntimeCore& runtime_;
  std::mutex mutex_;
  std::unordered_map<FunctionKey, LaunchPlan*, FunctionHash> by_function_;
  std::map<const Device*, std::map<std::string, LaunchPlan*, std::less<>>> by_name_;
  std::deque<Code> code_;
  std::vector<std::unique_ptr<LaunchPlan>> plans_;
};

/// The valid plan for a call: the calling thread's own memory of it, else the runtime's table.
const LaunchPlan& find_plan(const LaunchOptions& options, const FunctionCall& call, StepClock& clock);
const LaunchPlan& find_plan(const LaunchOptions& options, std::string_view kernel, StepClock& clock);

/// Whether the plan still describes what is registered.
[[nodiscard]] inline bool is_valid(const LaunchPlan& plan) noexcept {
  return plan.valid_epoch.load(std::memory_order_acquire) == registry_epoch();
}

}  // namespace dotcompute::detail
