#pragma once

/// A kernel's parameters as the type of its function tells them: what a look-up compares with a record.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <dotcompute/base/scalar_type.hpp>

namespace dotcompute {

/// One parameter of a kernel function.
struct ParameterShape {
  bool is_span = false;
  bool is_written = false;     ///< A span whose elements are not const.
  bool is_struct = false;      ///< The value or the element is a struct; `scalar` is then `ScalarType{}`.
  ScalarType scalar{};         ///< Of the value or the element, unless `is_struct`.
  std::size_t size_bytes = 0;  ///< Of the value or the element.
  std::size_t alignment = 0;   ///< Of the value or the element, in bytes.

  friend constexpr bool operator==(const ParameterShape&, const ParameterShape&) = default;
};

/// A trivially copyable class that a kernel takes by value or in a span.
template <class T>
concept KernelStruct = std::is_class_v<T> && std::is_trivially_copyable_v<T>;

/// A number that a kernel takes by value or in a span: an enumeration is one of its underlying type.
template <class T>
concept KernelScalar = Scalar<T> || std::is_enum_v<T>;

/// The scalar type of a KernelScalar.
template <KernelScalar T>
[[nodiscard]] constexpr ScalarType scalar_type_of_kernel() noexcept {
  if constexpr (std::is_enum_v<T>) {
    return scalar_type_of<std::underlying_type_t<T>>();
  } else {
    return scalar_type_of<T>();
  }
}

namespace detail {

template <class T>
[[nodiscard]] constexpr ParameterShape shape_of_element() noexcept {
  static_assert(KernelScalar<T> || KernelStruct<T>,
                "dotcompute: a kernel's parameters are arithmetic types (long double is not one), enumerations, "
                "trivially copyable structs, and std::span<T> or std::span<const T> of those; pointers and references "
                "are not");
  ParameterShape shape;
  if constexpr (KernelScalar<T>) {
    shape.scalar = scalar_type_of_kernel<T>();
    shape.size_bytes = sizeof(T);
    shape.alignment = alignof(T);
  } else if constexpr (KernelStruct<T>) {
    shape.is_struct = true;
    shape.size_bytes = sizeof(T);
    shape.alignment = alignof(T);
  }
  return shape;
}

template <class P>
struct ShapeOf {
  static constexpr ParameterShape value = shape_of_element<P>();
};

template <class T, std::size_t N>
struct ShapeOf<std::span<T, N>> {
  static_assert(
      N == std::dynamic_extent,
      "dotcompute: a kernel takes std::span<T>, whose size is known when it is launched, not std::span<T, N>");
  static constexpr ParameterShape make() noexcept {
    ParameterShape shape = shape_of_element<std::remove_cv_t<T>>();
    shape.is_span = true;
    shape.is_written = !std::is_const_v<T>;
    return shape;
  }
  static constexpr ParameterShape value = make();
};

}  // namespace detail

/// The parameters of a function `void (P...)`, in order. A type that no kernel can take does not compile.
template <class... P>
[[nodiscard]] constexpr std::array<ParameterShape, sizeof...(P)> parameter_shapes() noexcept {
  return {detail::ShapeOf<std::remove_cv_t<P>>::value...};
}

}  // namespace dotcompute
