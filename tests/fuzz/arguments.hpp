#pragma once

/// The arguments of a launch, at random, and what a kernel made of them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

namespace fuzz {

/// Spans of `size` elements and values, the same for a seed on every machine. Copies have memory of their own.
class Arguments {
 public:
  Arguments(const dotcompute::KernelDefinition& kernel, std::uint64_t size, std::uint64_t seed);
  Arguments(const Arguments& other);
  Arguments& operator=(const Arguments&) = delete;

  /// As the kernel's entry takes them; valid while this lives.
  [[nodiscard]] const std::byte* block() const { return block_.data(); }
  [[nodiscard]] std::vector<std::vector<std::byte>>& spans() { return spans_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// The contents of the spans, one after the other, and the inverse.
  [[nodiscard]] std::string bytes() const;
  void set_bytes(std::string_view bytes);

  /// The first number that is another one in `other`: where it is, and both values. Empty if all are the same; any NaN
  /// is the same as any other. Padding is not compared.
  [[nodiscard]] std::string difference(const Arguments& other) const;

  /// The values and the first elements of the spans, for people.
  [[nodiscard]] std::string description() const;

 private:
  void write_spans();

  dotcompute::KernelDefinition kernel_;
  std::uint64_t size_;
  std::vector<std::vector<std::byte>> spans_;
  std::vector<std::byte> block_;
};

}  // namespace fuzz
