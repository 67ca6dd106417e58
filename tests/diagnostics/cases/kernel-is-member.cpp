#include <dotcompute/kernel.hpp>

struct Work {
  DOTCOMPUTE_KERNEL static void f(std::span<int> x);
};
void Work::f(std::span<int> x) { x[dotcompute::global_id()] = 1; }
