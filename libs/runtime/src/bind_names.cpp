#include <algorithm>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "bind.hpp"
#include "describe.hpp"

namespace dotcompute::detail {

namespace {

/// Most calls give their arguments in the order of the parameters: the argument is `expected` to be there.
const ArgumentView* find_argument(std::span<const ArgumentView> arguments, std::string_view name,
                                  std::size_t expected = 0) noexcept {
  if (expected < arguments.size() && arguments[expected].name == name) return &arguments[expected];
  for (const ArgumentView& argument : arguments) {
    if (argument.name == name) return &argument;
  }
  return nullptr;
}

std::string parameter_names(const LaunchPlan& plan) {
  std::string names;
  for (const PlannedParameter& parameter : plan.parameters) {
    if (!names.empty()) names += ", ";
    names += parameter.name;
  }
  return names.empty() ? "no arguments" : names;
}

/// Every argument belongs to a parameter, and no two to one.
void check_names(const LaunchPlan& plan, std::span<const ArgumentView> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (find_argument(arguments.first(i), arguments[i].name) != nullptr) {
      throw_refused(plan, fmt::format("argument '{}' is given twice; give it once", arguments[i].name));
    }
    const auto is_this = [&](const PlannedParameter& parameter) { return parameter.name == arguments[i].name; };
    bool known = false;
    for (const PlannedParameter& parameter : plan.parameters) known = known || is_this(parameter);
    if (!known) {
      throw_refused(plan,
                    fmt::format("it has no parameter '{}'; it takes {}", arguments[i].name, parameter_names(plan)));
    }
  }
}

bool same_element(const ElementShape& a, const ParameterShape& b) noexcept {
  return a.is_struct == b.is_struct && a.size_bytes == b.size_bytes && (a.is_struct || a.scalar == b.scalar);
}

[[noreturn]] void throw_wrong_type(const LaunchPlan& plan, const PlannedParameter& parameter,
                                   const ArgumentView& argument) {
  throw_refused(plan,
                fmt::format("argument '{}' has the wrong type: expected {}, got {}; elements are not converted, so "
                            "pass the expected type",
                            parameter.name, describe(parameter.shape, parameter.type_name), describe(argument)));
}

void check_access(const LaunchPlan& plan, const PlannedParameter& parameter, const ArgumentView& argument) {
  if (!parameter.shape.is_written || argument.access == ArgumentAccess::writable) return;
  if (argument.access == ArgumentAccess::temporary) {
    throw_refused(plan,
                  fmt::format("argument '{}' is written by the kernel and was given as a temporary, whose results "
                              "would be lost; give it a name and pass that",
                              parameter.name));
  }
  throw_refused(plan, fmt::format("argument '{}' is written by the kernel and was given as const or read-only memory; "
                                  "pass memory that may be written",
                                  parameter.name));
}

void store_given(const LaunchPlan& plan, const PlannedParameter& parameter, const ArgumentView& argument,
                 std::byte* place) {
  if (argument.is_span != parameter.shape.is_span) throw_wrong_type(plan, parameter, argument);
  const bool same = same_element(argument.element, parameter.shape);
  if (parameter.shape.is_span) {
    if (!same) throw_wrong_type(plan, parameter, argument);
    check_access(plan, parameter, argument);
    const dotcompute_span span{argument.data, argument.count};
    std::memcpy(place, &span, sizeof span);
    return;
  }
  if (argument.count != 1 || argument.data == nullptr) {
    throw_refused(plan, fmt::format("argument '{}' is one value and was given as {} values; pass one", parameter.name,
                                    argument.data == nullptr ? 0 : argument.count));
  }
  if (same) {
    std::memcpy(place, argument.data, argument.element.size_bytes);
  } else if (argument.converts && !argument.element.is_struct && !parameter.shape.is_struct) {
    store_converted(plan, parameter, argument, place);
  } else {
    throw_wrong_type(plan, parameter, argument);
  }
}

/// The names of the parameters that no argument is for; only the written spans among them or only the others.
std::string missing_names(const LaunchPlan& plan, std::span<const ArgumentView> arguments, bool written, int& count) {
  std::string names;
  count = 0;
  for (const PlannedParameter& parameter : plan.parameters) {
    if (parameter.shape.is_written != written || find_argument(arguments, parameter.name) != nullptr) continue;
    if (count++ > 0) names += ", ";
    names += fmt::format("'{}' ({})", parameter.name, describe(parameter.shape, parameter.type_name));
  }
  return names;
}

/// Says what is missing, if anything is that may not be.
void check_missing(const LaunchPlan& plan, std::span<const ArgumentView> arguments, bool has_result) {
  int count = 0;
  const std::string inputs = missing_names(plan, arguments, false, count);
  if (count > 0) {
    throw_refused(plan, fmt::format("missing argument{} {}; give {}", count > 1 ? "s" : "", inputs,
                                    count > 1 ? "each of them" : "it"));
  }
  const std::string outputs = missing_names(plan, arguments, true, count);
  if (has_result && count == 0) {
    throw_refused(plan,
                  "every span that it writes is given, so that nothing is left to be the result; leave one out, or "
                  "call run or execute without a result type");
  }
  if (has_result && count > 1) {
    throw_refused(plan, fmt::format("{} spans that it writes are missing: {}; only one can be the result, so give the "
                                    "others",
                                    count, outputs));
  }
  if (!has_result && count > 0) {
    throw_refused(plan,
                  fmt::format("missing argument{} {}, which the kernel writes; give memory for {}, or ask for one "
                              "as the result with execute<R> or run<R>",
                              count > 1 ? "s" : "", outputs, count > 1 ? "each of them" : "it"));
  }
}

}  // namespace

void store_buffers(const LaunchPlan& plan, std::span<const ArgumentView> arguments, BufferStorage** buffers) noexcept {
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    if (const ArgumentView* const argument = find_argument(arguments, plan.parameters[i].name, i)) {
      buffers[i] = argument->buffer;
    }
  }
}

BufferStorage** find_buffers(const LaunchPlan& plan, std::span<const ArgumentView> arguments, NamedBlock& block) {
  const auto is_buffer = [](const ArgumentView& argument) { return argument.buffer != nullptr; };
  if (std::ranges::none_of(arguments, is_buffer)) return nullptr;
  BufferStorage** const buffers = block.reserve_buffers(plan.parameters.size());
  store_buffers(plan, arguments, buffers);
  return buffers;
}

const PlannedParameter* fill_block(const LaunchPlan& plan, std::span<const ArgumentView> arguments,
                                   const ElementShape* result, std::byte* block) {
  const PlannedParameter* missing = nullptr;
  std::size_t given = 0;
  bool complete = true;
  for (const PlannedParameter& parameter : plan.parameters) {
    std::byte* const place = block + parameter.offset;
    const auto number = static_cast<std::size_t>(&parameter - plan.parameters.data());
    if (const ArgumentView* const argument = find_argument(arguments, parameter.name, number)) {
      ++given;
      store_given(plan, parameter, *argument, place);
    } else if (result != nullptr && parameter.shape.is_written && missing == nullptr) {
      missing = &parameter;
      const dotcompute_span nothing{nullptr, 0};
      std::memcpy(place, &nothing, sizeof nothing);
    } else {
      complete = false;
    }
  }
  if (given != arguments.size()) check_names(plan, arguments);
  if (!complete || (result != nullptr && missing == nullptr)) check_missing(plan, arguments, result != nullptr);
  if (missing != nullptr && !same_element(*result, missing->shape)) {
    ArgumentView asked;
    asked.is_span = true;
    asked.access = ArgumentAccess::writable;
    asked.element = *result;
    throw_refused(plan, fmt::format("the result '{}' has the wrong type: expected {}, got {}; ask for elements of the "
                                    "expected type",
                                    missing->name, describe(missing->shape, missing->type_name), describe(asked)));
  }
  return missing;
}

}  // namespace dotcompute::detail
