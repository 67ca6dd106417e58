#include "checked_call.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "place.hpp"
#include "plan.hpp"

namespace dotcompute::detail {

namespace {

using Words = std::array<std::uint32_t, DOTCOMPUTE_FAULT_WORDS>;

/// A value of 64 bits that takes two words.
std::uint64_t wide(const Words& words, std::size_t index) {
  return words[index] | std::uint64_t{words[index + 1]} << 32;
}

std::uint64_t value(const Words& words, std::size_t index) { return wide(words, DOTCOMPUTE_FAULT_VALUES + 2 * index); }

/// The number of a type, from its bits.
std::string number(std::uint64_t bits, std::uint32_t scalar) {
  if (scalar == DOTCOMPUTE_SCALAR_FLOAT32) {
    const auto narrow = static_cast<std::uint32_t>(bits);
    float result = 0;
    std::memcpy(&result, &narrow, sizeof result);
    return fmt::format("{}", double{result});  // with all its digits
  }
  if (scalar == DOTCOMPUTE_SCALAR_FLOAT64) {
    double result = 0;
    std::memcpy(&result, &bits, sizeof result);
    return fmt::format("{}", result);
  }
  const bool is_signed = scalar >= DOTCOMPUTE_SCALAR_INT8 && scalar <= DOTCOMPUTE_SCALAR_INT64;
  return is_signed ? fmt::format("{}", static_cast<std::int64_t>(bits)) : fmt::format("{}", bits);
}

std::string elements(std::uint64_t count) { return fmt::format("{} element{}", count, count == 1 ? "" : "s"); }

std::string what_happened(const dotcompute_check& check, const Words& words) {
  const std::uint64_t a = value(words, 0);
  const std::uint64_t b = value(words, 1);
  switch (check.kind) {
    case DOTCOMPUTE_CHECK_ASSERTION: return fmt::format("the assertion '{}' does not hold", check.subject);
    case DOTCOMPUTE_CHECK_INDEX:
      return fmt::format("index {} is outside {}, which has {}", number(a, check.scalar), check.subject, elements(b));
    case DOTCOMPUTE_CHECK_PART:
      return fmt::format("{} from index {} on are outside {}, which has {}", elements(a), number(b, check.scalar),
                         check.subject, elements(value(words, 2)));
    case DOTCOMPUTE_CHECK_SHIFT:
      return fmt::format("the shift count {} is not between 0 and {}", number(a, check.scalar), b - 1);
    case DOTCOMPUTE_CHECK_DIVISION:
    case DOTCOMPUTE_CHECK_REMAINDER: {
      const char* what = check.kind == DOTCOMPUTE_CHECK_DIVISION ? "the quotient" : "the remainder";
      const std::string operands = fmt::format("{} by {}", number(a, check.scalar), number(b, check.scalar));
      return fmt::format("{} of {} is {}", what, operands, b == 0 ? "undefined" : "beyond what the type can hold");
    }
    case DOTCOMPUTE_CHECK_CONVERSION:
      return fmt::format("{} is beyond what {} can hold", number(a, check.scalar), check.subject);
    default: return fmt::format("a check of kind {} failed, which this library does not know", check.kind);
  }
}

ExecutionError error_of(const LaunchPlan& plan, const Words& words) {
  const dotcompute_kernel& kernel = *plan.found.record;
  const std::uint32_t index = words[DOTCOMPUTE_FAULT_CHECK];
  const std::string item = fmt::format("({}, {}, {})", wide(words, DOTCOMPUTE_FAULT_ITEM),
                                       wide(words, DOTCOMPUTE_FAULT_ITEM + 2), wide(words, DOTCOMPUTE_FAULT_ITEM + 4));
  if (index >= kernel.check_count) {
    return {Remedy::report_bug,
            fmt::format("kernel {}: it reports a fault of check {}, and has {} checks", plan.kernel, index,
                        kernel.check_count),
            {.kernel = std::string(plan.kernel), .device = std::string(plan.device->id), .source = {}, .cause = {}}};
  }
  const dotcompute_check& check = kernel.checks[index];
  const std::string what = what_happened(check, words);
  return {Remedy::fix_input,
          fmt::format("kernel {}: {} ({}:{}), in work-item {}", plan.kernel, what, check.file, check.line, item),
          {.kernel = std::string(plan.kernel),
           .device = std::string(plan.device->id),
           .source = fmt::format("{}:{}:{}", check.file, check.line, check.column),
           .cause = what}};
}

}  // namespace

CheckedCall::CheckedCall(const BoundCall& bound) : bound_(bound) {
  const LaunchPlan& plan = *bound.plan;
  const std::size_t alignment = std::max(plan.found.record->block_alignment, std::uint64_t{alignof(dotcompute_span)});
  // The words may lie where the declared parameters' block has only padding.
  const std::size_t size_bytes = std::max(plan.block_size, plan.faults.offset + sizeof(dotcompute_span));
  memory_.resize(size_bytes + alignment);
  void* place = memory_.data();
  std::size_t room = memory_.size();
  auto* block = static_cast<std::byte*>(std::align(alignment, size_bytes, place, room));
  if (plan.block_size != 0) std::memcpy(block, bound.block, plan.block_size);
  const dotcompute_span words{words_.data(), words_.size()};
  std::memcpy(block + plan.faults.offset, &words, sizeof words);
  bound_.block = block;
}

BoundCall CheckedCall::bound() const noexcept { return bound_; }

std::exception_ptr CheckedCall::fault() const noexcept {
  if (words_[DOTCOMPUTE_FAULT_CLAIM] == 0) return nullptr;
  lose_written_buffers(*bound_.plan, bound_.block, bound_.buffers, "met a fault");
  try {
    return std::make_exception_ptr(error_of(*bound_.plan, words_));
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace dotcompute::detail
