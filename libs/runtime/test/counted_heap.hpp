#pragma once

/// Replaces operator new of the whole program, libraries included, by one that counts.

#include <cstdint>

namespace dotcompute::test {

/// How often operator new was called so far, by any thread.
[[nodiscard]] std::uint64_t heap_requests() noexcept;

/// How often it is called in 1000 calls, after some that warm up.
template <class Call>
std::uint64_t heap_requests_of(Call&& call) {
  for (int i = 0; i < 20; ++i) call();
  const std::uint64_t before = heap_requests();
  for (int i = 0; i < 1000; ++i) call();
  return heap_requests() - before;
}

}  // namespace dotcompute::test
