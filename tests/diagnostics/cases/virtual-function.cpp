#include <dotcompute/kernel.hpp>

struct V {
  virtual int get() const { return 1; }
};
int use(const V& v) { return v.get(); }
DOTCOMPUTE_KERNEL void f(std::span<int> x) { x[0] = use(V{}); }
