#pragma once

/// Buffers as tensors of DLPack, which PyTorch, NumPy, JAX, CuPy and others exchange, and tensors as buffers. Nothing
/// is copied.
///
///     DLManagedTensor* tensor = dotcompute::to_dlpack(buffer.view(), {{600, 800}});     // the consumer deletes it
///     auto adopted = dotcompute::from_dlpack<float>(tensor);                            // deletes it with the buffer
///
/// DLPack's own header says what a DLManagedTensor is; this one only passes it on.

#include <concepts>
#include <cstdint>
#include <source_location>
#include <span>
#include <type_traits>
#include <utility>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/scalar_type.hpp>
#include <dotcompute/kernel/half.hpp>
#include <dotcompute/memory/buffer_view.hpp>
#include <dotcompute/memory/unified_buffer.hpp>

struct DLManagedTensor;

namespace dotcompute {

namespace detail {

/// As DLPack's DLDataType, of one lane.
struct TensorElement {
  enum class Kind : std::uint8_t { integer = 0, unsigned_integer = 1, floating = 2, boolean = 6 };
  Kind kind = Kind::integer;
  std::uint8_t bits = 0;
};

template <class T>
concept TensorScalar = Scalar<T> || std::same_as<T, half>;

template <TensorScalar T>
[[nodiscard]] constexpr TensorElement tensor_element() noexcept {
  using Kind = TensorElement::Kind;
  constexpr auto bits = static_cast<std::uint8_t>(8 * sizeof(T));
  if constexpr (std::same_as<T, bool>) {
    return {Kind::boolean, bits};
  } else if constexpr (std::same_as<T, half> || std::is_floating_point_v<T>) {
    return {Kind::floating, bits};
  } else {
    return {std::is_signed_v<T> ? Kind::integer : Kind::unsigned_integer, bits};
  }
}

/// The number of elements along each dimension, the last one next to each other.
using TensorShape = std::span<const std::int64_t>;

[[nodiscard]] DOTCOMPUTE_API DLManagedTensor* export_on_host(const BufferPart& part, Access access,
                                                             const TensorElement& element, TensorShape shape);

[[nodiscard]] DOTCOMPUTE_API DLManagedTensor* export_on_device(StorageHold storage, const Accelerator& accelerator,
                                                               const TensorElement& element, TensorShape shape);

/// What became of a tensor: memory with its elements.
struct ImportedTensor {
  StorageHold storage;
  std::uint64_t count = 0;
};
[[nodiscard]] DOTCOMPUTE_API ImportedTensor import_from_host(DLManagedTensor* tensor, const TensorElement& element,
                                                             const std::source_location& where);
[[nodiscard]] DOTCOMPUTE_API ImportedTensor import_from_device(DLManagedTensor* tensor, const Accelerator& accelerator,
                                                               const TensorElement& element,
                                                               const std::source_location& where);

}  // namespace detail

/// A tensor on the host that shows the elements of `view`: of `shape`, whose product is their number, or of one
/// dimension if that is empty. It is a Mapping of the buffer, which reads and writes, or reads for a view of const
/// elements (DLPack cannot say so: the consumer must know). So launches of the buffer are errors until the consumer
/// calls the tensor's deleter, which it may do on any thread; the memory lives until then. Throws MemoryError for a
/// shape that does not fit, and as `map`.
template <class T>
[[nodiscard]] DLManagedTensor* to_dlpack(const BufferView<T>& view, std::span<const std::int64_t> shape = {}) {
  using Element = std::remove_const_t<T>;
  static_assert(detail::TensorScalar<Element>,
                "dotcompute::to_dlpack: DLPack knows bool, integers, half, float and double; see a struct's members "
                "with as<U>()");
  constexpr Access access = std::is_const_v<T> ? Access::read : Access::read_write;
  return detail::export_on_host(view.part(), access, detail::tensor_element<Element>(), shape);
}

/// The same in the memory of a CUDA device, where the content is brought if it is elsewhere; everything that used it is
/// over. The buffer is given up: its memory belongs to the tensor, and is given back when the consumer calls the
/// deleter, which it does before the runtime goes. Throws MemoryError for a device that DLPack cannot name or a shape
/// that does not fit, and as `prefetch`; the buffer stays as it is then.
template <class T>
[[nodiscard]] DLManagedTensor* to_dlpack(UnifiedBuffer<T>&& buffer, const Accelerator& accelerator,
                                         std::span<const std::int64_t> shape = {}) {
  static_assert(detail::TensorScalar<T>, "dotcompute::to_dlpack: DLPack knows bool, integers, half, float and double");
  DLManagedTensor* const tensor =
      detail::export_on_device(buffer.view().share_storage(), accelerator, detail::tensor_element<T>(), shape);
  const UnifiedBuffer<T> given_up = std::move(buffer);
  return tensor;
}

/// The elements of a tensor on the host as a buffer, whose destruction deletes the tensor. The tensor is of this
/// element type and lies in one piece, the last dimension's elements next to each other. Throws MemoryError if it does
/// not; the tensor is the caller's still where this throws.
template <class T>
[[nodiscard]] UnifiedBuffer<T> from_dlpack(DLManagedTensor* tensor,
                                           const std::source_location& where = std::source_location::current()) {
  static_assert(
      detail::TensorScalar<T>,
      "dotcompute::from_dlpack: DLPack knows bool, integers, half, float and double; see the buffer as structs "
      "with as<U>()");
  detail::ImportedTensor imported = detail::import_from_host(tensor, detail::tensor_element<T>(), where);
  return UnifiedBuffer<T>(std::move(imported.storage), imported.count);
}

/// The same for a tensor in the memory of a CUDA device, which becomes the buffer's replica there. Work that its
/// producer enqueued is complete. The buffer goes before the runtime, or leaves the memory when that goes.
template <class T>
[[nodiscard]] UnifiedBuffer<T> from_dlpack(DLManagedTensor* tensor, const Accelerator& accelerator,
                                           const std::source_location& where = std::source_location::current()) {
  static_assert(detail::TensorScalar<T>,
                "dotcompute::from_dlpack: DLPack knows bool, integers, half, float and double");
  detail::ImportedTensor imported = detail::import_from_device(tensor, accelerator, detail::tensor_element<T>(), where);
  return UnifiedBuffer<T>(std::move(imported.storage), imported.count);
}

}  // namespace dotcompute
