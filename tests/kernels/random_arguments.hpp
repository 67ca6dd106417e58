#pragma once

/// Random arguments for any kernel, from its record alone.

#include <cstddef>
#include <cstdint>
#include <new>
#include <random>
#include <string>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

namespace suite {

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
  Arguments(dotcompute::KernelDefinition kernel, std::uint64_t size, std::uint64_t seed);

  /// The same values in memory of their own.
  Arguments(const Arguments& other);
  Arguments& operator=(const Arguments&) = delete;

  [[nodiscard]] const std::byte* block() const { return block_.data(); }

  /// What differs from `other`, in words; empty if all memory is equal. Two NaNs are equal.
  [[nodiscard]] std::string difference(const Arguments& other) const;

 private:
  void write_spans();

  dotcompute::KernelDefinition kernel_;
  std::uint64_t size_;
  std::vector<Memory> spans_;
  Memory block_;
};

}  // namespace suite
