#pragma once

/// Random arguments for any kernel, from its record alone.

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

namespace dotcompute::conformance {

/// Memory as the runtime gives it: aligned for any type that a kernel may have.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), alignment)); }
  void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, alignment); }
  friend bool operator==(AlignedAllocator, AlignedAllocator) { return true; }
};
using Memory = std::vector<std::byte, AlignedAllocator<std::byte>>;

/// The memory of one launch: every span's elements and the argument block that names them.
class Arguments {
 public:
  /// Spans of `size` elements with values from `seed`: numbers of every magnitude, zeros, ones, and for floats also
  /// infinities, NaNs, denormals and negative zero.
  Arguments(KernelDefinition kernel, std::uint64_t size, std::uint64_t seed);

  /// The same values in memory of their own.
  Arguments(const Arguments& other);
  Arguments& operator=(const Arguments&) = delete;

  [[nodiscard]] const KernelDefinition& kernel() const noexcept { return kernel_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const std::byte* block() const noexcept { return block_.data(); }

  /// The elements of the span parameters, in their order.
  [[nodiscard]] std::vector<Memory>& spans() noexcept { return spans_; }
  [[nodiscard]] const std::vector<Memory>& spans() const noexcept { return spans_; }

  /// The words in which a checked kernel leaves a fault; empty for others.
  [[nodiscard]] Memory& faults() noexcept { return faults_; }

 private:
  void write_spans();

  KernelDefinition kernel_;
  std::uint64_t size_;
  std::vector<Memory> spans_;
  Memory faults_;
  Memory block_;
};

}  // namespace dotcompute::conformance
