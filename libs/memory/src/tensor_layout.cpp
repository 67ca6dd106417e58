#include "tensor_layout.hpp"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

namespace {

std::string_view kind_name(std::uint8_t code) noexcept {
  switch (code) {
    case kDLInt: return "int";
    case kDLUInt: return "uint";
    case kDLFloat: return "float";
    case kDLBfloat: return "bfloat";
    case kDLComplex: return "complex";
    // Newer than the oldest header that is supported, which has no name for it.
    case static_cast<std::uint8_t>(TensorElement::Kind::boolean): return "bool";
    default: return "";
  }
}

/// "600x800"
std::string describe(TensorShape shape) { return fmt::format("{}", fmt::join(shape, "x")); }

[[noreturn]] void refuse(const std::string& what) { throw MemoryError(Remedy::fix_input, what); }

/// The product of the shape. Throws MemoryError if there is none.
std::uint64_t product_of(TensorShape shape) {
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(product, static_cast<std::uint64_t>(size), &product)) {
      refuse(
          fmt::format("a tensor cannot have the shape {}: sizes are not negative, and their product fits 64 bits; pass "
                      "the size of each dimension",
                      describe(shape)));
    }
  }
  return product;
}

/// Whether elements follow each other in memory. Along a dimension of one element there is no step to take.
bool is_compact(TensorShape shape, std::span<const std::int64_t> strides) noexcept {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

}  // namespace

std::string describe(const DLDataType& type) {
  const std::string_view kind = kind_name(type.code);
  const std::string element =
      kind.empty() ? fmt::format("{} bits of code {}", type.bits, type.code) : fmt::format("{}{}", kind, type.bits);
  return type.lanes == 1 ? element : fmt::format("{} lanes of {}", type.lanes, element);
}

DLDataType type_of(const TensorElement& element) noexcept {
  return {static_cast<std::uint8_t>(element.kind), element.bits, 1};
}

void check_shape(TensorShape shape, const ElementCount& elements) {
  const std::uint64_t product = product_of(shape);
  if (product == elements.count) return;
  refuse(fmt::format("cannot give {} elements ({} bytes) the shape {}, which has {}; pass sizes whose product is {}",
                     elements.count, elements.count * elements.element_size_bytes, describe(shape), product,
                     elements.count));
}

std::uint64_t count_elements(const DLTensor& tensor, const TensorElement& element) {
  const DLDataType wanted = type_of(element);
  const DLDataType& given = tensor.dtype;
  if (given.code != wanted.code || given.bits != wanted.bits || given.lanes != wanted.lanes) {
    refuse(fmt::format("a tensor of {} cannot be a buffer of {}: elements are not converted; ask for what it has",
                       describe(given), describe(wanted)));
  }
  if (tensor.ndim < 0 || (tensor.ndim > 0 && tensor.shape == nullptr)) {
    refuse(fmt::format("a tensor has {} dimensions and {}; pass one with a size for each", tensor.ndim,
                       tensor.shape == nullptr ? "no shape" : "a shape"));
  }
  const auto dimensions = static_cast<std::size_t>(tensor.ndim);
  const TensorShape shape(tensor.shape, dimensions);
  const std::uint64_t count = product_of(shape);
  const std::span<const std::int64_t> strides(tensor.strides, tensor.strides == nullptr ? 0 : dimensions);
  if (count != 0 && tensor.strides != nullptr && !is_compact(shape, strides)) {
    refuse(fmt::format(
        "a tensor of the shape {} has its elements at strides of {}: a buffer's lie next to each other; make "
        "the tensor contiguous first",
        describe(shape), describe(strides)));
  }
  return count;
}

}  // namespace dotcompute::detail
