#pragma once

/// Reading the units that generated objects bring.

#include <cstddef>
#include <cstdint>
#include <string>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::detail {

/// Why this library cannot read the unit, in a sentence; empty if it can.
[[nodiscard]] std::string unreadable_because(const dotcompute_unit& unit);

/// The kernel at `index`. Records may be longer than this library knows: their own size tells where the next one lies.
[[nodiscard]] inline const dotcompute_kernel& kernel_at(const dotcompute_unit& unit, std::uint64_t index) noexcept {
  const auto* first = reinterpret_cast<const std::byte*>(unit.kernels);
  return *reinterpret_cast<const dotcompute_kernel*>(first + index * unit.kernels->struct_size);
}

}  // namespace dotcompute::detail
