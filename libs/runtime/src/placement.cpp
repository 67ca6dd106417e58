#include "placement.hpp"

#include <cstring>
#include <mutex>
#include <span>

#include <dotcompute/base/error.hpp>

#include "place.hpp"
#include "plan.hpp"
#include "small_array.hpp"

namespace dotcompute::detail {

namespace {

/// Launches that are shorter than this are fastest on the cpu whatever else there is.
constexpr double least_ns_to_count = 10'000;

double estimated_ns(const LaunchPlan& plan, const Extent& grid) noexcept {
  return static_cast<double>(grid.count()) * plan.ns_per_item;
}

SpanAtHand span_at_hand(const BoundCall& bound, std::size_t index, std::span<const Candidate> candidates) {
  const PlannedParameter& parameter = bound.plan->parameters[index];
  dotcompute_span given;
  std::memcpy(&given, bound.block + parameter.offset, sizeof given);
  SpanAtHand span;
  span.size_bytes = given.size * parameter.shape.size_bytes;
  span.is_written = parameter.shape.is_written;
  BufferStorage* const buffer = bound.buffers == nullptr ? nullptr : bound.buffers[index];
  if (buffer == nullptr) return span;
  span.is_buffer = true;
  if (!buffer->may_be_on_devices()) return span;
  const ByteRange range = range_within(*buffer, given.data, span.size_bytes);
  const std::lock_guard lock(buffer->mutex());
  span.is_on_host = buffer->stale_bytes(nullptr, range) == 0;
  for (const Candidate& candidate : candidates) {
    const bool has_room = span.device_count < span.devices.size();
    if (candidate.session == nullptr || !has_room || buffer->stale_bytes(candidate.session, range) != 0) continue;
    span.devices[span.device_count++] = candidate.session;
  }
  return span;
}

std::size_t choose_for(const BoundCall& bound, const Candidates& candidates) {
  const LaunchPlan& plan = *bound.plan;
  SmallArray<SpanAtHand, 8> spans(plan.span_count);
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    if (plan.parameters[i].shape.is_span) spans.elements()[count++] = span_at_hand(bound, i, candidates.values());
  }
  return choose({bound.grid.count(), plan.operations_per_item, spans.elements()}, candidates.values());
}

}  // namespace

Candidates::Candidates(const std::vector<const Device*>& devices, const Bandwidths& measured)
    : devices_(devices), plans_(std::make_unique<std::atomic<const LaunchPlan*>[]>(devices.size())) {
  for (const Device* device : devices) {
    const AcceleratorInfo& info = device->accelerator->info();
    values_.push_back({device->session.get(), info.speed, info.limits, &measured});
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

bool is_placed(const LaunchPlan& plan, const Extent& grid) noexcept {
  return !plan.is_open || (plan.candidates == nullptr && estimated_ns(plan, grid) < least_ns_to_count);
}

BoundCall place_by_estimate(const LaunchOptions& options, const BoundCall& bound) {
  const LaunchPlan& plan = *bound.plan;
  const double ns = estimated_ns(plan, bound.grid);
  if (ns >= least_ns_to_count && options.runtime->may_look_for_more()) options.runtime->note_placed(ns);
  BoundCall placed = bound;
  if (plan.candidates == nullptr) return placed;
  const std::size_t chosen = choose_for(bound, *plan.candidates);
  placed.plan = plan.candidates->plan(chosen).load(std::memory_order_acquire);
  if (placed.plan == nullptr) placed.plan = &options.runtime->plans().plan_of_candidate(plan, chosen);
  return placed;
}

}  // namespace dotcompute::detail
