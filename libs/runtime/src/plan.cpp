#include "plan.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <dotcompute/base/error.hpp>

#include "interned_text.hpp"

namespace dotcompute::detail {

namespace {

PlannedParameter planned(const dotcompute_parameter& parameter) {
  PlannedParameter result;
  result.name = interned(parameter.name);
  result.type_name = interned(parameter.type->name);
  result.offset = parameter.offset;
  result.shape.is_span = parameter.kind == DOTCOMPUTE_PARAMETER_SPAN;
  result.shape.is_written = result.shape.is_span && parameter.written != 0;
  result.shape.is_struct = parameter.type->kind != DOTCOMPUTE_TYPE_SCALAR;
  if (!result.shape.is_struct) result.shape.scalar = static_cast<ScalarType>(parameter.type->scalar);
  result.shape.size_bytes = parameter.type->size;
  result.shape.alignment = parameter.type->alignment;
  return result;
}

std::vector<SpanPair> pairs_among(const std::vector<PlannedParameter>& parameters) {
  std::vector<SpanPair> pairs;
  for (const PlannedParameter& written : parameters) {
    if (!written.shape.is_written) continue;
    for (const PlannedParameter& other : parameters) {
      const bool is_known = other.shape.is_written && &other <= &written;
      if (other.shape.is_span && !is_known) pairs.push_back({&written, &other});
    }
  }
  return pairs;
}

std::unique_ptr<LaunchPlan> describe_kernel(const FoundKernel& found) {
  const KernelDefinition kernel(*found.record);
  auto plan = std::make_unique<LaunchPlan>();
  plan->found = found;
  plan->kernel = interned(kernel.name());
  plan->fast_math = kernel.is_fast();
  plan->dimensions = kernel.dimensions();
  plan->block_size = found.record->block_size;
  for (const dotcompute_parameter& parameter : kernel.parameters()) {
    plan->parameters.push_back(planned(parameter));
    if (plan->parameters.back().shape.is_span) ++plan->span_count;
  }
  plan->span_pairs = pairs_among(plan->parameters);
  plan->is_checked = kernel.is_checked();
  if (plan->is_checked) plan->faults = planned(kernel.entry_parameters().back());
  return plan;
}

/// What a thread remembers of calls by function; `runtime` is never used again for another runtime, so that the plan is
/// only looked at while it lives.
struct FunctionSlot {
  void (*function)() = nullptr;
  const Signature* signature = nullptr;
  const Device* device = nullptr;
  std::uint64_t runtime = 0;
  const LaunchPlan* plan = nullptr;
};

/// The same for calls by name; the text lives as long as the program.
struct NameSlot {
  std::string_view kernel;
  const Device* device = nullptr;
  std::uint64_t runtime = 0;
  const LaunchPlan* plan = nullptr;
};

/// The registry's epochs begin at 0 and never come this far.
constexpr std::uint64_t no_epoch = ~std::uint64_t{0};

bool has_cores_of_its_own(const Device* device) { return !device->accelerator->info().runs_on_host_cores; }

constexpr std::size_t slot_count = 64;
constinit thread_local std::array<FunctionSlot, slot_count> function_slots{};
constinit thread_local std::array<NameSlot, slot_count> name_slots{};

std::size_t mixed(std::uint64_t value) noexcept {
  // The multiplier is 2^64 over the golden ratio: it spreads neighbouring addresses over the upper bits.
  return static_cast<std::size_t>((value * 0x9E3779B97F4A7C15u) >> 32);
}

/// Of the words of a text, without a call.
std::uint64_t mixed(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  constexpr std::size_t word_bytes = sizeof hash;
  if (text.size() < word_bytes) {
    for (const char letter : text) hash = mixed(hash ^ static_cast<unsigned char>(letter));
    return hash;
  }
  const auto add_word = [&](std::size_t begin) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + begin, word_bytes);
    hash = mixed(hash ^ word);
  };
  for (std::size_t begin = 0; begin + word_bytes < text.size(); begin += word_bytes) add_word(begin);
  add_word(text.size() - word_bytes);
  return hash;
}

std::uint64_t bits_of(const void* pointer) noexcept { return reinterpret_cast<std::uintptr_t>(pointer); }
std::uint64_t bits_of(void (*function)()) noexcept { return reinterpret_cast<std::uintptr_t>(function); }

}  // namespace

std::size_t PlanTable::FunctionHash::operator()(const FunctionKey& key) const noexcept {
  return mixed(bits_of(key.function) ^ (bits_of(key.signature) << 1) ^ (bits_of(key.device) << 2));
}

const LaunchPlan& PlanTable::plan(const FunctionCall& call, const Device* device, StepClock& clock) {
  const std::lock_guard lock(mutex_);
  // Read first: a change after this makes the plan stale at once rather than hiding from it.
  const std::uint64_t epoch = registry_epoch();
  const FoundKernel found = find_kernel(call);
  clock.ended(&StepTimes::find_ns);
  return current(by_function_[{call.function, call.signature, device}], found, epoch, device, clock);
}

const LaunchPlan& PlanTable::plan(std::string_view kernel, const Device* device, StepClock& clock) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t epoch = registry_epoch();
  const FoundKernel found = find_kernel(kernel);
  clock.ended(&StepTimes::find_ns);
  auto& names = by_name_[device];
  auto entry = names.find(kernel);
  if (entry == names.end()) entry = names.emplace(kernel, nullptr).first;
  return current(entry->second, found, epoch, device, clock);
}

const LaunchPlan& PlanTable::current(LaunchPlan*& remembered, const FoundKernel& found, std::uint64_t epoch,
                                     const Device* device, StepClock& clock) {
  if (remembered == nullptr || remembered->found != found) {
    auto plan = describe_kernel(found);
    choose_device(*plan, device);
    clock.ended(&StepTimes::select_ns);
    prepare(*plan);
    clock.ended(&StepTimes::prepare_ns);
    if (plan->candidates != nullptr) plan->candidates->plan(0).store(plan.get(), std::memory_order_release);
    plans_.push_back(std::move(plan));
    remembered = plans_.back().get();
  }
  remembered->valid_epoch.store(epoch, std::memory_order_release);
  return *remembered;
}

void PlanTable::choose_device(LaunchPlan& plan, const Device* asked_for) {
  const Device* const named = asked_for != nullptr ? asked_for : runtime_.default_device();
  if (named != nullptr) {
    plan.device = named;
    plan.reason = asked_for != nullptr ? SelectionReason::asked_for : SelectionReason::runtime_default;
    return;
  }
  const std::vector<const Device*> candidates = find_candidates(KernelDefinition(*plan.found.record));
  const std::vector<const Device*> all = runtime_.devices();
  // Where none takes the kernel, the first says why.
  plan.device = candidates.empty() ? all.front() : candidates.front();
  if (candidates.size() > 1) {
    plan.reason = SelectionReason::estimated_fastest;
    plan.candidates = std::make_unique<Candidates>(candidates, runtime_.bandwidths());
  } else if (plan.device != all.front() || std::ranges::any_of(all, has_cores_of_its_own)) {
    plan.reason = SelectionReason::only_candidate;
  }
  plan.is_open = plan.candidates != nullptr || runtime_.may_look_for_more();
}

std::vector<const Device*> PlanTable::find_candidates(const KernelDefinition& kernel) {
  std::vector<const Device*> candidates = candidates_for(kernel, runtime_);
  if (candidates.empty() && runtime_.may_look_for_more()) {
    runtime_.look_for_more();
    forget_choices_locked();
    candidates = candidates_for(kernel, runtime_);
  }
  return candidates;
}

void PlanTable::prepare(LaunchPlan& plan) {
  const PreparedCode& code = code_for(plan.found, *plan.device);
  plan.host_code = code.host.get();
  plan.direct_code = plan.is_checked ? nullptr : plan.host_code;
  plan.device_code = code.device.get();
  const dotcompute_cost& cost = plan.found.record->cost;
  plan.operations_per_item = operations_of(cost);
  plan.ns_per_item = plan.operations_per_item / plan.device->accelerator->info().speed.operations_per_ns;
}

const LaunchPlan& PlanTable::plan_of_candidate(const LaunchPlan& open, std::size_t candidate) {
  const std::lock_guard lock(mutex_);
  std::atomic<const LaunchPlan*>& place = open.candidates->plan(candidate);
  if (const LaunchPlan* const known = place.load(std::memory_order_relaxed)) return *known;
  auto plan = describe_kernel(open.found);
  plan->device = &open.candidates->device(candidate);
  plan->reason = SelectionReason::estimated_fastest;
  try {
    prepare(*plan);
  } catch (const ComputeError&) {
    plan->device = open.device;
    plan->reason = SelectionReason::faster_one_failed;
    prepare(*plan);
  }
  plans_.push_back(std::move(plan));
  place.store(plans_.back().get(), std::memory_order_release);
  return *plans_.back();
}

void PlanTable::forget_choices() noexcept {
  const std::lock_guard lock(mutex_);
  forget_choices_locked();
}

void PlanTable::forget_choices_locked() noexcept {
  const auto forget = [](LaunchPlan*& remembered) {
    if (remembered == nullptr) return;
    remembered->valid_epoch.store(no_epoch, std::memory_order_release);
    remembered = nullptr;
  };
  for (auto& [key, plan] : by_function_) {
    if (key.device == nullptr) forget(plan);
  }
  if (const auto names = by_name_.find(nullptr); names != by_name_.end()) {
    for (auto& [name, plan] : names->second) forget(plan);
  }
}

const PreparedCode& PlanTable::code_for(const FoundKernel& found, const Device& device) {
  for (const Code& known : code_) {
    if (known.found == found && known.device == &device) return known.code;
  }
  code_.push_back({found, &device, prepare_code(KernelDefinition(*found.record), device, runtime_)});
  return code_.back().code;
}

const LaunchPlan& find_plan(const LaunchOptions& options, const FunctionCall& call, StepClock& clock) {
  const std::uint64_t runtime = options.runtime->id();
  FunctionSlot& slot =
      function_slots[mixed(bits_of(call.function) ^ bits_of(call.signature) ^ bits_of(options.device) ^ runtime) %
                     slot_count];
  const LaunchPlan* const known = slot.plan;
  if (slot.function == call.function && slot.signature == call.signature && slot.device == options.device &&
      slot.runtime == runtime && is_valid(*known)) {
    clock.ended(&StepTimes::find_ns);
    return *known;
  }
  const LaunchPlan& plan = options.runtime->plans().plan(call, options.device, clock);
  slot = {call.function, call.signature, options.device, runtime, &plan};
  return plan;
}

const LaunchPlan& find_plan(const LaunchOptions& options, std::string_view kernel, StepClock& clock) {
  const std::uint64_t runtime = options.runtime->id();
  NameSlot& slot = name_slots[mixed(mixed(kernel) ^ bits_of(options.device) ^ runtime) % slot_count];
  const LaunchPlan* const known = slot.plan;
  if (slot.runtime == runtime && slot.device == options.device && slot.kernel == kernel && is_valid(*known)) {
    clock.ended(&StepTimes::find_ns);
    return *known;
  }
  const LaunchPlan& plan = options.runtime->plans().plan(kernel, options.device, clock);
  slot = {interned(kernel), options.device, runtime, &plan};
  return plan;
}

}  // namespace dotcompute::detail
