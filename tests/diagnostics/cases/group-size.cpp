#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(0) void none(std::span<float> x) { x[0] = 1; }
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(64, 32) void large(std::span<float> x) { x[0] = 1; }
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(-4) void negative(std::span<float> x) { x[0] = 1; }
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(2, 2, 2, 2) void four(std::span<float> x) { x[0] = 1; }
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(4294967296, 4294967296) void huge(std::span<float> x) { x[0] = 1; }
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void right(std::span<float> x) { x[0] = 1; }

}  // namespace demo
