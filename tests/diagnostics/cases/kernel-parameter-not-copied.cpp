#include <dotcompute/kernel.hpp>

struct Unique {
  Unique(const Unique&) = delete;
  Unique(Unique&&) = default;
  int x;
};

DOTCOMPUTE_KERNEL void k(std::span<int> out, Unique one) { out[0] = one.x; }
