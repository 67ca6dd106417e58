#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(dotcompute::matrix_view<float> image) { image(0, 0) = 1; }
