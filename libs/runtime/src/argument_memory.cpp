#include "argument_memory.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "place.hpp"

namespace dotcompute::detail {

namespace {

ErrorContext context_of(const LaunchPlan& plan, const std::string& cause) {
  return {.kernel = std::string(plan.kernel), .device = std::string(plan.device->id), .source = {}, .cause = cause};
}

/// Whether the span takes memory of its own: not where another argument is the same memory, or a part of the same
/// buffer.
bool takes_memory(std::span<const PlacedSpan> spans, const PlacedSpan& span) noexcept {
  if (!span.is_owner() || span.size_bytes == 0) return false;
  if (span.buffer == nullptr) return true;
  const auto first = std::ranges::find_if(spans, [&](const PlacedSpan& each) {
    return each.is_owner() && each.size_bytes != 0 && each.buffer == span.buffer;
  });
  return &*first == &span;
}

std::uint64_t memory_of(const PlacedSpan& span) noexcept {
  return span.buffer == nullptr ? span.size_bytes : span.buffer->size_bytes();
}

[[noreturn]] void throw_never_fits(const LaunchPlan& plan, std::span<const PlacedSpan> spans, std::uint64_t all_bytes,
                                   std::uint64_t cap_bytes) {
  std::string sizes;
  for (const PlacedSpan& span : spans) {
    if (takes_memory(spans, span)) sizes += fmt::format("'{}' of {} bytes, ", span.parameter->name, memory_of(span));
  }
  throw OutOfMemoryError(
      Remedy::fix_input,
      fmt::format(
          "kernel {} on {}: its arguments do not fit at once: {}{} in all, and {} bytes are the most that may be "
          "used; launch over less, raise the cap in RuntimeOptions::memory, or use another device",
          plan.kernel, plan.device->id, sizes, all_bytes, cap_bytes),
      context_of(plan, {}));
}

void require_fits(const LaunchPlan& plan, std::span<const PlacedSpan> spans, std::uint64_t cap_bytes) {
  if (cap_bytes == 0) return;
  std::uint64_t all_bytes = 0;
  for (const PlacedSpan& span : spans) {
    if (takes_memory(spans, span)) all_bytes += memory_of(span);
  }
  if (all_bytes > cap_bytes) throw_never_fits(plan, spans, all_bytes, cap_bytes);
}

[[noreturn]] void throw_does_not_fit(const LaunchPlan& plan, const PlacedSpan& span, const OutOfMemoryError& error) {
  throw OutOfMemoryError(
      error.remedy(),
      fmt::format(
          "kernel {} on {}: argument '{}' of {} bytes does not fit: {}; destroy buffers that are on the device, "
          "launch over less, or use another device",
          plan.kernel, plan.device->id, span.parameter->name, span.size_bytes, error.what()),
      context_of(plan, error.what()));
}

/// What the launch itself has of the device's pool by now.
std::uint64_t own_blocks(std::span<const PlacedSpan> spans, const DeviceSession& session) noexcept {
  return static_cast<std::uint64_t>(std::ranges::count_if(spans, [&](const PlacedSpan& span) {
    if (!takes_memory(spans, span)) return false;
    if (span.buffer == nullptr) return static_cast<bool>(span.block);
    const DeviceReplica* const replica = span.buffer->replica(session);
    return replica != nullptr && replica->is_of_pool();
  }));
}

}  // namespace

void allocate_arguments(const LaunchPlan& plan, DeviceSession& session, DeviceArguments& arguments, DeviceWork& work,
                        Admission& admission) {
  const std::span<PlacedSpan> spans = arguments.spans();
  require_fits(plan, spans, session.memory().pool().options().cap_bytes);
  for (PlacedSpan& span : spans) {
    if (!span.is_owner() || span.size_bytes == 0) continue;
    try {
      if (span.buffer == nullptr) {
        span.block = session.memory().allocate(span.size_bytes, work.stream);
      } else {
        work.bytes_to_host += span.buffer->prepare_replica(session, span.use(), span.range(), work.stream);
      }
    } catch (const MemoryError& error) {
      throw_no_content(plan, *span.parameter, error.context().cause);
    } catch (const MemoryIsBusyError& error) {
      if (admission.has_more_tries(error.live_blocks() > own_blocks(spans, session))) throw;
      throw_does_not_fit(plan, span, error);
    } catch (const OutOfMemoryError& error) {
      throw_does_not_fit(plan, span, error);
    }
  }
}

bool Admission::has_more_tries(bool others_hold_memory) noexcept {
  // About ten seconds: no launch holds its buffers' locks for so long unless its device stands still.
  constexpr int most_tries = 10'000;
  // What others held may have become free, and been seen by nobody, between the search and the count: seldom so many
  // times in a row.
  constexpr int most_tries_alone = 10;
  tries_alone_ = others_hold_memory ? 0 : tries_alone_ + 1;
  return ++tries_ <= most_tries && tries_alone_ <= most_tries_alone;
}

void Admission::wait() {
  if (!lock_.owns_lock()) {
    lock_ = std::unique_lock(session_.memory().admission());
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(tries_ * 10, 1000)));
  }
}

}  // namespace dotcompute::detail
