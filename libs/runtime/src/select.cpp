#include "select.hpp"

#include <algorithm>
#include <limits>

namespace dotcompute::detail {

namespace {

/// How long so many bytes take from one place to another, null being the host; by what the candidate says of itself
/// where nothing was measured.
double way_ns(const Candidate& candidate, const DeviceSession* from, const DeviceSession* to, double bytes) noexcept {
  // What a host device must fetch comes over a way whose speed only the other device knows: this is a usual one.
  constexpr double usual_transfer_bytes_per_ns = 10;
  const double said = candidate.speed.transfer_bytes_per_ns;
  const double measured = candidate.measured == nullptr ? 0 : candidate.measured->find(from, to);
  return bytes / (measured > 0 ? measured : said > 0 ? said : usual_transfer_bytes_per_ns);
}

/// How long it takes until a span's content is where the candidate works.
double fetch_ns(const SpanAtHand& span, const Candidate& candidate) noexcept {
  const auto bytes = static_cast<double>(span.size_bytes);
  const DeviceSession* const here = candidate.session;
  if (here == nullptr ? span.is_on_host : span.is_on(*here)) return 0;
  if (span.is_on_host) return way_ns(candidate, nullptr, here, bytes);
  const DeviceSession* const there = span.device_count == 0 ? nullptr : span.devices.front();
  if (here == nullptr) return way_ns(candidate, there, nullptr, bytes);
  const bool is_measured = candidate.measured != nullptr && candidate.measured->find(there, here) > 0;
  if (is_measured && there != nullptr) return way_ns(candidate, there, here, bytes);
  return way_ns(candidate, there, nullptr, bytes) + way_ns(candidate, nullptr, here, bytes);
}

/// How long it takes until what was written is where it stays.
double return_ns(const SpanAtHand& span, const Candidate& candidate) noexcept {
  if (candidate.session == nullptr || !span.is_written || span.is_buffer) return 0;
  return way_ns(candidate, candidate.session, nullptr, static_cast<double>(span.size_bytes));
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
  if (!fits(work, candidate.limits)) return std::numeric_limits<double>::infinity();
  const DeviceSpeed& speed = candidate.speed;
  double copying = 0;
  double touched = 0;
  for (const SpanAtHand& span : work.spans) {
    copying += fetch_ns(span, candidate) + return_ns(span, candidate);
    touched += static_cast<double>(span.size_bytes);
  }
  const double computing = static_cast<double>(work.items) * work.operations_per_item / speed.operations_per_ns;
  return copying + std::max(computing, touched / speed.memory_bytes_per_ns) + speed.launch_ns;
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
