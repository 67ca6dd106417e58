#pragma once

/// A kernel function's parameters and their places in its argument block, computed when the program is compiled.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <dotcompute/base/scalar_type.hpp>
#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/shape.hpp>

namespace dotcompute::detail {

/// An element or value as it lies in memory.
struct ElementShape {
  bool is_struct = false;
  ScalarType scalar = ScalarType::boolean;  ///< Unless `is_struct`.
  std::uint32_t size_bytes = 0;
};

template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;

/// A trivially copyable struct that a kernel can take by value or in a span.
template <class T>
concept DeviceStruct = KernelStruct<T> && !is_span<std::remove_cv_t<T>>;

template <class T>
  requires KernelScalar<T> || DeviceStruct<T>
[[nodiscard]] constexpr ElementShape element_shape_of() noexcept {
  ElementShape shape;
  shape.size_bytes = sizeof(T);
  if constexpr (KernelScalar<T>) {
    shape.scalar = scalar_type_of_kernel<T>();
  } else {
    shape.is_struct = true;
  }
  return shape;
}

/// The parameters of one function type. The address is the type's identity in launch plans.
struct Signature {
  std::span<const ParameterShape> parameters;
  std::span<const std::uint32_t> offsets;  ///< Of each parameter in the block, bytes.
  std::uint64_t block_size = 0;
};

/// The argument block of a kernel with parameters `P...`: members in order, aligned as in a C struct.
// Hidden: g++ would make the constants unique in the process, and a library with one of those cannot be unloaded.
template <class... P>
struct [[gnu::visibility("hidden")]] BlockLayout {
  struct Layout {
    std::array<std::uint32_t, sizeof...(P)> offsets{};
    std::size_t size_bytes = 0;
    std::size_t alignment = 1;
  };
  static constexpr std::array<ParameterShape, sizeof...(P)> shapes = parameter_shapes<P...>();

  static constexpr Layout compute() noexcept {
    Layout layout;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const std::size_t alignment = shapes[i].is_span ? alignof(dotcompute_span) : shapes[i].alignment;
      layout.size_bytes = (layout.size_bytes + alignment - 1) / alignment * alignment;
      layout.offsets[i] = static_cast<std::uint32_t>(layout.size_bytes);
      layout.size_bytes += shapes[i].is_span ? sizeof(dotcompute_span) : shapes[i].size_bytes;
      if (alignment > layout.alignment) layout.alignment = alignment;
    }
    layout.size_bytes = (layout.size_bytes + layout.alignment - 1) / layout.alignment * layout.alignment;
    return layout;
  }
  static constexpr Layout layout = compute();
  static constexpr Signature signature{shapes, layout.offsets, layout.size_bytes};
};

}  // namespace dotcompute::detail
