#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  switch (x[0]) {
    case 0:
      if (x[1] > 0) {
        case 1: x[1] += 2;
      }
  }
}
