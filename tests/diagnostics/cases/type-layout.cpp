#include <dotcompute/kernel.hpp>

struct Nothing {};
struct Shared {
  [[no_unique_address]] Nothing nothing;
  int x;
};
struct __attribute__((packed)) Tight {
  char c;
  double d;
};

DOTCOMPUTE_KERNEL void first(std::span<Shared> x) { x[0].x = 1; }
DOTCOMPUTE_KERNEL void second(std::span<Tight> x) { x[0].d = 1; }
