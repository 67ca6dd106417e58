#pragma once

/// The type of an array's elements: a scalar, a struct with named fields, or a fixed array inside a struct.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dotcompute/base/scalar_type.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute::tool {

struct Field;

/// A value type: the same description serves files and kernels, so that the two can be compared and converted.
struct ElementType {
  enum class Kind { scalar, structure, array };

  Kind kind = Kind::scalar;
  ScalarType scalar = ScalarType::float32;  ///< Kind scalar.
  bool is_half = false;                     ///< Kind scalar: a dotcompute::half; `scalar` is then uint16, its bits.
  bool big_endian = false;                  ///< Kind scalar: how it lies in the file.
  std::uint64_t size_bytes = 4;             ///< Including padding.
  std::vector<Field> fields;                ///< Kind structure.
  std::vector<ElementType> element;         ///< Kind array: exactly one.
  std::uint64_t count = 0;                  ///< Kind array.
};

/// A named member of a struct; `offset_bytes` is from the start of the struct.
struct Field {
  std::string name;
  std::uint64_t offset_bytes = 0;
  ElementType type;
};

[[nodiscard]] ElementType scalar_element(ScalarType type, bool big_endian = false);
[[nodiscard]] ElementType half_element(bool big_endian = false);
[[nodiscard]] ElementType array_element(ElementType element, std::uint64_t count);

/// The type as a kernel's record describes it.
[[nodiscard]] ElementType element_type_of(const dotcompute_type& type);

/// "float32", "float32[3]", "struct {x: float32, pos: float32[3]}".
[[nodiscard]] std::string describe(const ElementType& type);

/// Why values of type `file` cannot be taken for values of type `kernel`, in a clause; empty if they can. Structs match
/// by field names, in any order and at any offsets; byte order does not matter.
[[nodiscard]] std::optional<std::string> mismatch(const ElementType& file, const ElementType& kernel);

/// Makes `count` elements at `data`, as read from a file, native: little endian, and every bool 0 or 1. Afterwards
/// `type` says so.
void make_native(ElementType& type, std::byte* data, std::uint64_t count);

}  // namespace dotcompute::tool
