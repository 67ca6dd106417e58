#include <dotcompute/kernel.hpp>

// What <cassert> makes of a failed assertion elsewhere; kernelc's own does not.
extern "C" void __assert_fail(const char* text, const char* file, unsigned line, const char* function) noexcept;
DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  if (x.empty()) __assert_fail("!x.empty()", __FILE__, __LINE__, "f");
}
