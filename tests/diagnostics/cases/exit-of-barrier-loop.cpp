#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void breaks(std::span<float> y) {
  for (int k = 0; k < 4; ++k) {
    dotcompute::barrier();
    if (dotcompute::local_id() == 3) break;
  }
}

DOTCOMPUTE_KERNEL void continues(std::span<float> y) {
  for (int k = 0; k < 4; ++k) {
    if (y[dotcompute::global_id()] > 0) continue;
    dotcompute::barrier();
  }
}

DOTCOMPUTE_KERNEL void leaves_switch(std::span<float> y, int k) {
  switch (k) {
    case 0:
      if (dotcompute::local_id() == 3) break;
      dotcompute::barrier();
      break;
    default: break;
  }
}

}  // namespace demo
