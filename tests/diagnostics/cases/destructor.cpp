#include <dotcompute/kernel.hpp>

struct D {
  float v;
  ~D() {}
};
DOTCOMPUTE_KERNEL void f(std::span<float> x) {
  D d{x[0]};
  x[0] = d.v;
}
