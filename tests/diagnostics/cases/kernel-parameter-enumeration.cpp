#include <dotcompute/kernel.hpp>

enum class Colour { red, green };
DOTCOMPUTE_KERNEL void f(Colour c, std::span<const Colour> in, std::span<int> x) { x[0] = c == in[0]; }
