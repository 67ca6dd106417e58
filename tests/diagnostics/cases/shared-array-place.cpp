#include <dotcompute/kernel.hpp>

namespace demo {

using dotcompute::SharedArray;

inline float helper() {
  SharedArray<float, 4> mine;
  return mine[0];
}

DOTCOMPUTE_KERNEL void inner_block(std::span<float> y) {
  if (y.size() > 3) {
    SharedArray<float, 4> array;
    y[0] = array[1];
  }
}

DOTCOMPUTE_KERNEL void in_helper(std::span<float> y) { y[0] = helper(); }

DOTCOMPUTE_KERNEL void temporary(std::span<float> y) { y[0] = SharedArray<float, 4>()[2]; }

DOTCOMPUTE_KERNEL void array_of_arrays(std::span<float> y) {
  SharedArray<float, 4> arrays[2];
  y[0] = arrays[0][1];
}

DOTCOMPUTE_KERNEL void has_one(std::span<float> y) {
  SharedArray<float, 4> array;
  y[0] = array[0];
}

DOTCOMPUTE_KERNEL void calls_it(std::span<float> y) { has_one(y); }

}  // namespace demo
