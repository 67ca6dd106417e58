#include <dotcompute/kernel.hpp>

#include <complex>
DOTCOMPUTE_KERNEL void f(std::span<float> x) {
  std::complex<float> z{x[0], 1};
  x[0] = z.real();
}
