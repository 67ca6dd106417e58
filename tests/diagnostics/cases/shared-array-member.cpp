#include <dotcompute/kernel.hpp>

namespace demo {

struct Holder {
  dotcompute::SharedArray<float, 4> array;
};

DOTCOMPUTE_KERNEL void holder(std::span<float> y) {
  Holder holder;
  y[0] = holder.array[1];
}

}  // namespace demo
