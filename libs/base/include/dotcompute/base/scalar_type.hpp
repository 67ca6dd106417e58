#pragma once

/// The arithmetic types that kernels compute with, as values.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace dotcompute {

/// The values equal those of `dotcompute_scalar` in the kernel ABI.
enum class ScalarType : std::uint32_t {
  boolean = 1,
  int8 = 2,
  int16 = 3,
  int32 = 4,
  int64 = 5,
  uint8 = 6,
  uint16 = 7,
  uint32 = 8,
  uint64 = 9,
  float32 = 10,
  float64 = 11,
};

/// The size in bytes.
[[nodiscard]] constexpr std::size_t size_bytes(ScalarType type) noexcept {
  switch (type) {
    case ScalarType::boolean:
    case ScalarType::int8:
    case ScalarType::uint8: return 1;
    case ScalarType::int16:
    case ScalarType::uint16: return 2;
    case ScalarType::int32:
    case ScalarType::uint32:
    case ScalarType::float32: return 4;
    case ScalarType::int64:
    case ScalarType::uint64:
    case ScalarType::float64: return 8;
  }
  return 0;
}

[[nodiscard]] constexpr bool is_floating_point(ScalarType type) noexcept {
  return type == ScalarType::float32 || type == ScalarType::float64;
}

/// The name used on the command line and in messages: "bool", "int8" ... "uint64", "float32", "float64".
[[nodiscard]] constexpr std::string_view name(ScalarType type) noexcept {
  switch (type) {
    case ScalarType::boolean: return "bool";
    case ScalarType::int8: return "int8";
    case ScalarType::int16: return "int16";
    case ScalarType::int32: return "int32";
    case ScalarType::int64: return "int64";
    case ScalarType::uint8: return "uint8";
    case ScalarType::uint16: return "uint16";
    case ScalarType::uint32: return "uint32";
    case ScalarType::uint64: return "uint64";
    case ScalarType::float32: return "float32";
    case ScalarType::float64: return "float64";
  }
  return "";
}

/// The inverse of `name`; empty for a name that is none of them.
[[nodiscard]] constexpr std::optional<ScalarType> find_scalar_type(std::string_view text) noexcept {
  for (std::uint32_t value = 1; value <= 11; ++value) {
    const auto type = static_cast<ScalarType>(value);
    if (name(type) == text) return type;
  }
  return std::nullopt;
}

/// The arithmetic types of C++ that have a ScalarType: all but long double and 128-bit integers.
template <class T>
concept Scalar = std::is_arithmetic_v<T> && !std::same_as<std::remove_cv_t<T>, long double> && sizeof(T) <= 8;

/// The scalar type of `T`, by what it is rather than how it is spelled: `long` is int64 on a 64-bit system.
template <Scalar T>
[[nodiscard]] constexpr ScalarType scalar_type_of() noexcept {
  using U = std::remove_cv_t<T>;
  if constexpr (std::same_as<U, bool>) {
    return ScalarType::boolean;
  } else if constexpr (std::is_floating_point_v<U>) {
    return sizeof(U) == 4 ? ScalarType::float32 : ScalarType::float64;
  } else {
    constexpr bool is_signed = std::is_signed_v<U>;
    if constexpr (sizeof(U) == 1) return is_signed ? ScalarType::int8 : ScalarType::uint8;
    if constexpr (sizeof(U) == 2) return is_signed ? ScalarType::int16 : ScalarType::uint16;
    if constexpr (sizeof(U) == 4) return is_signed ? ScalarType::int32 : ScalarType::uint32;
    if constexpr (sizeof(U) == 8) return is_signed ? ScalarType::int64 : ScalarType::uint64;
  }
}

}  // namespace dotcompute
