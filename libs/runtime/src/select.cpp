#include "select.hpp"

#include <algorithm>
#include <limits>

namespace dotcompute::detail {

namespace {

/// The bytes that are copied for a span if the launch runs there; over the host if the content is on another device.
std::uint64_t bytes_copied(const SpanAtHand& span, const Candidate& candidate) noexcept {
  if (candidate.session == nullptr) return span.is_on_host ? 0 : span.size_bytes;
  std::uint64_t copies = 0;
  if (!span.is_on(*candidate.session)) copies += span.is_on_host ? 1 : 2;
  if (span.is_written && !span.is_buffer) ++copies;
  return copies * span.size_bytes;
}

bool fits(const Workload& work, const DeviceLimits& limits) noexcept {
  std::uint64_t all = 0;
  for (const SpanAtHand& span : work.spans) {
    if (limits.largest_allocation_bytes != 0 && span.size_bytes > limits.largest_allocation_bytes) return false;
    all += span.size_bytes;
  }
  return limits.memory_bytes == 0 || all <= limits.memory_bytes;
}

}  // namespace

double operations_of(const dotcompute_cost& cost) noexcept {
  constexpr double operations_per_math_call = 16;
  const double plain = static_cast<double>(cost.arithmetic) + cost.loads + cost.stores;
  return std::max(plain + operations_per_math_call * cost.math_calls, 1.0);
}

double estimate_ns(const Workload& work, const Candidate& candidate) noexcept {
  // What a host device must fetch comes over a way whose speed only the other device knows: this is a usual one.
  constexpr double usual_transfer_bytes_per_ns = 10;
  if (!fits(work, candidate.limits)) return std::numeric_limits<double>::infinity();
  const DeviceSpeed& speed = candidate.speed;
  double copied = 0;
  double touched = 0;
  for (const SpanAtHand& span : work.spans) {
    copied += static_cast<double>(bytes_copied(span, candidate));
    touched += static_cast<double>(span.size_bytes);
  }
  const double way = speed.transfer_bytes_per_ns > 0 ? speed.transfer_bytes_per_ns : usual_transfer_bytes_per_ns;
  const double computing = static_cast<double>(work.items) * work.operations_per_item / speed.operations_per_ns;
  return copied / way + std::max(computing, touched / speed.memory_bytes_per_ns) + speed.launch_ns;
}

std::size_t choose(const Workload& work, std::span<const Candidate> candidates) noexcept {
  std::size_t best = 0;
  double best_ns = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const double ns = estimate_ns(work, candidates[i]);
    if (ns >= best_ns) continue;
    best = i;
    best_ns = ns;
  }
  return best;
}

}  // namespace dotcompute::detail
