#pragma once

/// Conversion between two layouts of one struct: the file's and the one that C++ gave it.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "element_type.hpp"

namespace dotcompute::tool {

/// Copies elements of type `from` to elements of type `to`, field by field. The types match (see `mismatch`) and are
/// native.
class LayoutCopy {
 public:
  LayoutCopy(const ElementType& from, const ElementType& to);

  /// Whether the elements can be used as they are: each field lies where the other layout has it.
  [[nodiscard]] bool is_identity() const noexcept;

  /// Copies `count` elements; bytes of `to` that are padding are left alone.
  void copy(const std::byte* from, std::byte* to, std::uint64_t count) const;

 private:
  struct Move {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t size_bytes = 0;
  };

  void add(const ElementType& from, std::uint64_t from_offset, const ElementType& to, std::uint64_t to_offset);
  void add_bytes(std::uint64_t from, std::uint64_t to, std::uint64_t size_bytes);

  std::vector<Move> moves_;
  std::uint64_t from_size_bytes_;
  std::uint64_t to_size_bytes_;
};

/// Sets the padding bytes of `count` elements to zero, so that a written file depends on values alone.
void clear_padding(const ElementType& type, std::byte* data, std::uint64_t count);

}  // namespace dotcompute::tool
