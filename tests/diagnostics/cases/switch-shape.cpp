#include <dotcompute/kernel.hpp>

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  switch (x[0]) {
    case 0:
      if (x[1] > 0) {
        case 1: x[1] += 2;
      }
  }
  switch (x[2]) {
    int held;
    x[3] = 1;
    case 2: held = x[3]; x[4] = held;
  }
  switch (x[5]) {
    case 0 ... 5000: x[6] = 1;
  }
}
