#pragma once

/// A launch of a checked kernel: what it is given besides its arguments, and what it says of itself.

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

#include <dotcompute/kernel/abi.h>
#include <dotcompute/runtime/calls.hpp>

namespace dotcompute::detail {

/// Holds the argument block and the words in which the kernel leaves its first fault. Stays at its address, and lives
/// until the launch is complete.
class CheckedCall {
 public:
  explicit CheckedCall(const BoundCall& bound);
  CheckedCall(const CheckedCall&) = delete;
  CheckedCall& operator=(const CheckedCall&) = delete;

  /// The call with this block.
  [[nodiscard]] BoundCall bound() const noexcept;

  /// After completion: an ExecutionError that tells the first fault; null if there was none. What a launch with a fault
  /// wrote is no content: buffers lose it.
  [[nodiscard]] std::exception_ptr fault() const noexcept;

 private:
  BoundCall bound_;
  std::vector<std::byte> memory_;  // of the argument block, which is as aligned as the kernel asks
  std::array<std::uint32_t, DOTCOMPUTE_FAULT_WORDS> words_{};
};

}  // namespace dotcompute::detail
