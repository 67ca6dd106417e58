#pragma once

/// What a tensor of DLPack says of its elements and their places. Values only.

#include <cstdint>
#include <span>
#include <string>

#include <dlpack/dlpack.h>

#include <dotcompute/memory/dlpack.hpp>

namespace dotcompute::detail {

/// "float32"; "8 lanes of float16" and "bits of code 9" for what no buffer can have.
[[nodiscard]] std::string describe(const DLDataType& type);

[[nodiscard]] DLDataType type_of(const TensorElement& element) noexcept;

/// Throws MemoryError unless the product of `shape` is `elements.count`.
void check_shape(TensorShape shape, const ElementCount& elements);

/// The number of elements. Throws MemoryError unless the tensor is of this element type and lies in one piece with the
/// last dimension's elements next to each other.
[[nodiscard]] std::uint64_t count_elements(const DLTensor& tensor, const TensorElement& element);

}  // namespace dotcompute::detail
