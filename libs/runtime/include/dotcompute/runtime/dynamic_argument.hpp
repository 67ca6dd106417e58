#pragma once

/// Arguments whose types are known only when the program runs: what the command line and language bindings use.

#include <cstddef>
#include <cstdint>
#include <string>

#include <dotcompute/base/scalar_type.hpp>

namespace dotcompute {

/// One named argument that borrows the caller's memory until the launch completes.
///
/// A scalar type must equal the parameter's exactly. A struct is known by its size alone, which must equal the
/// parameter's.
struct DynamicArgument {
  std::string name;                                ///< Of the kernel's parameter.
  bool is_span = false;                            ///< A span of `count` elements; otherwise one value.
  bool is_writable = false;                        ///< Whether `data` may be written; a written span needs it.
  bool is_struct = false;                          ///< The element is a trivially copyable struct.
  ScalarType scalar = ScalarType::float32;         ///< Of the element, unless `is_struct`.
  std::size_t element_size_bytes = sizeof(float);  ///< Of one element.
  void* data = nullptr;                            ///< The value, or the first element.
  std::uint64_t count = 1;                         ///< In elements; 1 for a value.
};

}  // namespace dotcompute
