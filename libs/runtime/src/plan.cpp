#include "plan.hpp"

#include <array>
#include <functional>

#include "interned_text.hpp"
#include "prepare.hpp"
#include "select.hpp"

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

std::unique_ptr<LaunchPlan> describe_kernel(const FoundKernel& found) {
  const KernelDefinition kernel(*found.record);
  auto plan = std::make_unique<LaunchPlan>();
  plan->found = found;
  plan->kernel = interned(kernel.name());
  plan->dimensions = kernel.dimensions();
  plan->block_size = found.record->block_size;
  for (const dotcompute_parameter& parameter : kernel.parameters()) {
    plan->parameters.push_back(planned(parameter));
    if (plan->parameters.back().shape.is_span) ++plan->span_count;
  }
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

constexpr std::size_t slot_count = 64;
constinit thread_local std::array<FunctionSlot, slot_count> function_slots{};
constinit thread_local std::array<NameSlot, slot_count> name_slots{};

std::size_t mixed(std::uint64_t value) noexcept {
  // The multiplier is 2^64 over the golden ratio: it spreads neighbouring addresses over the upper bits.
  return static_cast<std::size_t>((value * 0x9E3779B97F4A7C15u) >> 32);
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
    const Placement placement = select_device(runtime_, device);
    plan->device = placement.device;
    plan->reason = placement.reason;
    clock.ended(&StepTimes::select_ns);
    plan->code = &code_for(found, *placement.device);
    clock.ended(&StepTimes::prepare_ns);
    plans_.push_back(std::move(plan));
    remembered = plans_.back().get();
  }
  remembered->valid_epoch.store(epoch, std::memory_order_release);
  return *remembered;
}

const HostKernel& PlanTable::code_for(const FoundKernel& found, const Device& device) {
  for (const Code& code : code_) {
    if (code.found == found && code.device == &device) return *code.kernel;
  }
  code_.push_back({found, &device, prepare_code(KernelDefinition(*found.record), device, runtime_)});
  return *code_.back().kernel;
}

const LaunchPlan& find_plan(const LaunchOptions& options, const FunctionCall& call, StepClock& clock) {
  const std::uint64_t runtime = options.runtime->id();
  FunctionSlot& slot =
      function_slots[mixed(bits_of(call.function) ^ bits_of(call.signature) ^ bits_of(options.device) ^ runtime) %
                     slot_count];
  if (slot.function == call.function && slot.signature == call.signature && slot.device == options.device &&
      slot.runtime == runtime && is_valid(*slot.plan)) {
    clock.ended(&StepTimes::find_ns);
    return *slot.plan;
  }
  const LaunchPlan& plan = options.runtime->plans().plan(call, options.device, clock);
  slot = {call.function, call.signature, options.device, runtime, &plan};
  return plan;
}

const LaunchPlan& find_plan(const LaunchOptions& options, std::string_view kernel, StepClock& clock) {
  const std::uint64_t runtime = options.runtime->id();
  NameSlot& slot =
      name_slots[mixed(std::hash<std::string_view>{}(kernel) ^ bits_of(options.device) ^ runtime) % slot_count];
  if (slot.runtime == runtime && slot.device == options.device && slot.kernel == kernel && is_valid(*slot.plan)) {
    clock.ended(&StepTimes::find_ns);
    return *slot.plan;
  }
  const LaunchPlan& plan = options.runtime->plans().plan(kernel, options.device, clock);
  slot = {interned(kernel), options.device, runtime, &plan};
  return plan;
}

}  // namespace dotcompute::detail
