#include <dotcompute/kernel.hpp>

template <class T>
struct Holder {
  DOTCOMPUTE_KERNEL static void k(std::span<T> x) { x[0] = 1; }
};
template struct Holder<int>;
