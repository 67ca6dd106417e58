#include <dotcompute/kernel.hpp>

namespace demo {

inline bool wait(int k) {
  dotcompute::barrier();
  return k > 0;
}

struct Waits {
  int value;
  explicit Waits(int k) : value(k) { dotcompute::barrier(); }
};

DOTCOMPUTE_KERNEL void conditional(std::span<int> y, int k) {
  y[0] = k > 0 ? wait(k) : 3;
}

DOTCOMPUTE_KERNEL void operand(std::span<int> y, int k) {
  if (k > 3 && wait(k)) y[0] = 1;
}

DOTCOMPUTE_KERNEL void step(std::span<int> y, int k) {
  for (int i = 0; i < k; i += wait(k)) y[0] = i;
}

DOTCOMPUTE_KERNEL void condition_of_do(std::span<int> y, int k) {
  do {
    --k;
  } while (wait(k));
}

DOTCOMPUTE_KERNEL void constructor(std::span<int> y, int k) {
  const Waits waits(k);
  y[0] = waits.value;
}

}  // namespace demo
