#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void in_condition(std::span<float> x) {
  const std::size_t i = dotcompute::local_id();
  const bool is_first = i == 0;
  if (is_first) dotcompute::barrier();
  if (dotcompute::global_id() < x.size()) x[dotcompute::global_id()] = 0;
}

DOTCOMPUTE_KERNEL void in_loop(std::span<const int> counts, std::span<float> x) {
  const std::size_t i = dotcompute::global_id();
  int left = i < counts.size() ? counts[i] : 0;
  while (left > 0) {
    dotcompute::barrier();
    --left;
  }
}

DOTCOMPUTE_KERNEL void of_written_memory(std::span<int> x) {
  if (x[0] > 3) dotcompute::barrier();
}

DOTCOMPUTE_KERNEL void of_shared_memory(std::span<int> x) {
  dotcompute::SharedArray<int, 4> flags;
  if (flags[0] > 3) dotcompute::barrier();
}

DOTCOMPUTE_KERNEL void through_control(std::span<int> x) {
  int k = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == dotcompute::local_id()) k = 1;
  }
  switch (k) {
    case 1: dotcompute::barrier(); break;
    default: break;
  }
}

DOTCOMPUTE_KERNEL void in_helpers_condition(std::span<int> x);

inline bool is_mine(std::size_t i) { return i == dotcompute::global_id(); }

DOTCOMPUTE_KERNEL void through_function(std::span<int> x) {
  if (is_mine(x.size())) dotcompute::barrier();
}

}  // namespace demo
