#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include <fmt/format.h>

#include "bind.hpp"
#include "describe.hpp"

namespace dotcompute::detail {

namespace {

/// Calls `visit` with the value that lies at `data`, in its own type.
template <class Visitor>
auto visit_scalar(ScalarType type, const void* data, Visitor&& visit) {
  const auto load = [&]<class T>(std::type_identity<T>) {
    T value;
    std::memcpy(&value, data, sizeof value);
    return visit(value);
  };
  switch (type) {
    case ScalarType::boolean: return load(std::type_identity<bool>{});
    case ScalarType::int8: return load(std::type_identity<std::int8_t>{});
    case ScalarType::int16: return load(std::type_identity<std::int16_t>{});
    case ScalarType::int32: return load(std::type_identity<std::int32_t>{});
    case ScalarType::int64: return load(std::type_identity<std::int64_t>{});
    case ScalarType::uint8: return load(std::type_identity<std::uint8_t>{});
    case ScalarType::uint16: return load(std::type_identity<std::uint16_t>{});
    case ScalarType::uint32: return load(std::type_identity<std::uint32_t>{});
    case ScalarType::uint64: return load(std::type_identity<std::uint64_t>{});
    case ScalarType::float32: return load(std::type_identity<float>{});
    case ScalarType::float64: break;
  }
  return load(std::type_identity<double>{});
}

/// Whether `value` has an equal of type `To`; where it has, `result` is it.
template <class To, class From>
bool convert_exactly(From value, To& result) noexcept {
  if constexpr (std::floating_point<From> && std::integral<To>) {
    // Both bounds are powers of two, hence exact in every floating type; NaN fails the comparison.
    constexpr int digits = std::numeric_limits<To>::digits;
    const auto bound = static_cast<From>(std::uint64_t{1} << (digits - 1)) * From{2};
    const From lowest = std::is_signed_v<To> ? -bound : From{0};
    if (!(value >= lowest && value < bound)) return false;
    result = static_cast<To>(value);
    return static_cast<From>(result) == value;
  } else if constexpr (std::floating_point<To>) {
    result = static_cast<To>(value);
    if constexpr (std::floating_point<From>) {
      return static_cast<From>(result) == value || value != value;
    } else {
      From back{};
      return convert_exactly(result, back) && back == value;
    }
  } else {
    result = static_cast<To>(value);
    return static_cast<From>(result) == value && (result < To{}) == (value < From{});
  }
}

template <class To, class From>
bool store_exactly(From value, std::byte* place) noexcept {
  To result{};
  if (!convert_exactly(value, result)) return false;
  std::memcpy(place, &result, sizeof result);
  return true;
}

template <class From>
bool store_as(ScalarType type, From value, std::byte* place) noexcept {
  switch (type) {
    case ScalarType::boolean: return store_exactly<bool>(value, place);
    case ScalarType::int8: return store_exactly<std::int8_t>(value, place);
    case ScalarType::int16: return store_exactly<std::int16_t>(value, place);
    case ScalarType::int32: return store_exactly<std::int32_t>(value, place);
    case ScalarType::int64: return store_exactly<std::int64_t>(value, place);
    case ScalarType::uint8: return store_exactly<std::uint8_t>(value, place);
    case ScalarType::uint16: return store_exactly<std::uint16_t>(value, place);
    case ScalarType::uint32: return store_exactly<std::uint32_t>(value, place);
    case ScalarType::uint64: return store_exactly<std::uint64_t>(value, place);
    case ScalarType::float32: return store_exactly<float>(value, place);
    case ScalarType::float64: return store_exactly<double>(value, place);
  }
  return false;
}

}  // namespace

void store_converted(const LaunchPlan& plan, const PlannedParameter& parameter, const ArgumentView& argument,
                     std::byte* place) {
  const ScalarType expected = parameter.shape.scalar;
  const bool stored = visit_scalar(argument.element.scalar, argument.data,
                                   [&](auto value) { return store_as(expected, value, place); });
  if (stored) return;
  const std::string value =
      visit_scalar(argument.element.scalar, argument.data, [](auto given) { return fmt::format("{}", given); });
  throw_refused(plan,
                fmt::format("argument '{}' has the wrong type: expected {}, got {}, and its value {} is not exactly "
                            "a {}; pass a {}",
                            parameter.name, name(expected), name(argument.element.scalar), value, name(expected),
                            name(expected)));
}

}  // namespace dotcompute::detail
