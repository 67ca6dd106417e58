#include <dotcompute/kernel.hpp>

struct Node { int* next; };
DOTCOMPUTE_KERNEL void f(int* x, const float& y, std::span<Node> z) { x[dotcompute::global_id()] = static_cast<int>(y); }
