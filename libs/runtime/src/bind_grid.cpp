#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "bind.hpp"
#include "describe.hpp"

namespace dotcompute::detail {

namespace {

/// The memory of one span: from `begin` up to `end`.
struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  [[nodiscard]] bool empty() const noexcept { return begin == end; }
  [[nodiscard]] bool overlaps(const Range& other) const noexcept { return begin < other.end && other.begin < end; }
  friend bool operator==(const Range&, const Range&) = default;
};

dotcompute_span span_at(const std::byte* block, const PlannedParameter& parameter) noexcept {
  dotcompute_span span;
  std::memcpy(&span, block + parameter.offset, sizeof span);
  return span;
}

[[noreturn]] void throw_too_large(const LaunchPlan& plan, const PlannedParameter& parameter, std::uint64_t size) {
  throw_refused(plan, fmt::format("argument '{}' claims {} elements of {} bytes, which is more than memory can hold; "
                                  "pass the size of the memory behind it",
                                  parameter.name, size, parameter.shape.size_bytes));
}

Range range_of(const LaunchPlan& plan, const PlannedParameter& parameter, const dotcompute_span& span) {
  Range range;
  range.begin = reinterpret_cast<std::uintptr_t>(span.data);
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(span.size, std::uint64_t{parameter.shape.size_bytes}, &bytes) ||
      __builtin_add_overflow(range.begin, bytes, &range.end)) {
    throw_too_large(plan, parameter, span.size);
  }
  return range;
}

[[noreturn]] void throw_overlap(const LaunchPlan& plan, const PlannedParameter& written, const PlannedParameter& other,
                                const Range& written_range, const Range& other_range) {
  const Range common{std::max(written_range.begin, other_range.begin), std::min(written_range.end, other_range.end)};
  throw_refused(
      plan, fmt::format("argument '{}', which the kernel writes, overlaps argument '{}' by {} of its {} bytes; "
                        "pass exactly the same range for both or separate ones",
                        written.name, other.name, common.end - common.begin, written_range.end - written_range.begin));
}

void check_overlaps(const LaunchPlan& plan, const std::byte* block) {
  for (const auto& [written, other] : plan.span_pairs) {
    const Range written_range = range_of(plan, *written, span_at(block, *written));
    const Range other_range = range_of(plan, *other, span_at(block, *other));
    if (written_range.empty() || other_range.empty()) continue;
    if (written_range.overlaps(other_range) && written_range != other_range) {
      throw_overlap(plan, *written, *other, written_range, other_range);
    }
  }
}

[[noreturn]] void throw_no_grid(const LaunchPlan& plan) {
  if (plan.dimensions > 1) {
    throw_refused(plan,
                  fmt::format("it uses {} dimensions, and a grid cannot be guessed from its spans; say .over({}) "
                              "(--over on the command line)",
                              plan.dimensions, plan.dimensions == 2 ? "{width, height}" : "{width, height, depth}"));
  }
  throw_refused(plan,
                "it was given no span that a grid could be taken from; say .over(count) (--over on the command line)");
}

}  // namespace

Extent bind_grid(const LaunchPlan& plan, const LaunchOptions& options, const std::byte* block,
                 std::uint32_t given_spans) {
  std::uint64_t longest = 0;
  for (const PlannedParameter& parameter : plan.parameters) {
    if (!parameter.shape.is_span) continue;
    const dotcompute_span span = span_at(block, parameter);
    if (span.data == nullptr && span.size != 0) {
      if (span.size == moved_from_size) {
        throw_refused(plan,
                      fmt::format("argument '{}' is a buffer that was moved from; pass the buffer that it was moved "
                                  "to",
                                  parameter.name));
      }
      throw_refused(plan, fmt::format("argument '{}' has {} elements at a null address; pass memory that holds them",
                                      parameter.name, span.size));
    }
    if (span.size > longest) longest = span.size;
  }
  if (given_spans > 1) check_overlaps(plan, block);
  if (!options.has_grid) {
    if (plan.dimensions > 1 || given_spans == 0) throw_no_grid(plan);
    return Extent(longest);
  }
  if (options.grid.dimensions() > plan.dimensions && options.grid.count() != 0) {
    // The kernel would run several times for each index it sees, on the same elements at once.
    throw_refused(plan,
                  fmt::format("the grid {} has {} dimensions and the kernel uses {}: the sizes do not agree; use a "
                              "grid of {}",
                              describe(options.grid), options.grid.dimensions(), plan.dimensions,
                              plan.dimensions == 1 ? "one dimension" : "two dimensions"));
  }
  return options.grid;
}

void throw_refused(const LaunchPlan& plan, const std::string& what) {
  throw ExecutionError(Remedy::fix_input, fmt::format("kernel {}: {}", plan.kernel, what),
                       {.kernel = std::string(plan.kernel), .device = {}, .source = {}, .cause = {}});
}

}  // namespace dotcompute::detail
