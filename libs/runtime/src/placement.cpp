#include "placement.hpp"

#include <cstring>

#include <dotcompute/base/error.hpp>

#include "plan.hpp"
#include "small_array.hpp"

namespace dotcompute::detail {

namespace {

/// Launches that are shorter than this are fastest on the cpu whatever else there is.
constexpr double least_ns_to_count = 10'000;

SpanAtHand span_at_hand(const BoundCall& bound, std::size_t index, const PlannedParameter& parameter) noexcept {
  dotcompute_span given;
  std::memcpy(&given, bound.block + parameter.offset, sizeof given);
  SpanAtHand span;
  span.size_bytes = given.size * parameter.shape.size_bytes;
  span.is_written = parameter.shape.is_written;
  const BufferStorage* const buffer = bound.buffers == nullptr ? nullptr : bound.buffers[index];
  if (buffer == nullptr) return span;
  const BufferState state = buffer->state();
  span.is_buffer = true;
  span.is_on_host = !device_is_newer(state);
  if (device_is_newer(state) || state == BufferState::synchronized) span.device = buffer->session();
  return span;
}

std::size_t choose_for(const BoundCall& bound, const Candidates& candidates) {
  const LaunchPlan& plan = *bound.plan;
  SmallArray<SpanAtHand, 8> spans(plan.span_count);
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    if (plan.parameters[i].shape.is_span) spans.elements()[count++] = span_at_hand(bound, i, plan.parameters[i]);
  }
  return choose({bound.grid.count(), plan.operations_per_item, spans.elements()}, candidates.values());
}

}  // namespace

Candidates::Candidates(const std::vector<const Device*>& devices)
    : devices_(devices), plans_(std::make_unique<std::atomic<const LaunchPlan*>[]>(devices.size())) {
  for (const Device* device : devices) {
    const AcceleratorInfo& info = device->accelerator->info();
    values_.push_back({device->session.get(), info.speed, info.limits});
  }
}

std::vector<const Device*> candidates_for(const KernelDefinition& kernel, const RuntimeCore& runtime) {
  std::vector<const Device*> chosen;
  std::vector<const Device*> others;
  const std::vector<const Device*> devices = runtime.devices();
  for (const Device* device : devices) {
    const bool is_likely = device == devices.front() || !device->accelerator->info().runs_on_host_cores;
    if (!is_likely && device->device == nullptr) continue;
    if (!device->accelerator->refusal(kernel)) (is_likely ? chosen : others).push_back(device);
  }
  return chosen.empty() ? others : chosen;
}

BoundCall place_by_estimate(const LaunchOptions& options, const BoundCall& bound) {
  const LaunchPlan& plan = *bound.plan;
  const double ns = static_cast<double>(bound.grid.count()) * plan.ns_per_item;
  if (ns >= least_ns_to_count && options.runtime->may_look_for_more()) options.runtime->note_placed(ns);
  BoundCall placed = bound;
  if (plan.candidates == nullptr) return placed;
  const std::size_t chosen = choose_for(bound, *plan.candidates);
  placed.plan = plan.candidates->plan(chosen).load(std::memory_order_acquire);
  if (placed.plan == nullptr) placed.plan = &options.runtime->plans().plan_of_candidate(plan, chosen);
  return placed;
}

}  // namespace dotcompute::detail
