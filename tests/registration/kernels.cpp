#include "kernels.hpp"

#include <dotcompute/kernel.hpp>

// Two libraries of one test differ in these.
#ifndef SCALE_OFFSET
#define SCALE_OFFSET 0.0f
#endif
#ifndef KERNELS_SEEN_INSIDE
#define KERNELS_SEEN_INSIDE kernels_seen_inside
#endif

namespace demo {

DOTCOMPUTE_KERNEL void scale(float factor, std::span<const float> in, std::span<float> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = factor * in[i] + SCALE_OFFSET;
}

DOTCOMPUTE_KERNEL void twin_a(std::span<float> data) {
  const std::size_t i = dotcompute::global_id();
  if (i < data.size()) data[i] += 3.0f;
}

DOTCOMPUTE_KERNEL void twin_b(std::span<float> data) {
  const std::size_t i = dotcompute::global_id();
  if (i < data.size()) data[i] += 3.0f;
}

template <class T>
DOTCOMPUTE_KERNEL void add_one(std::span<T> data) {
  const std::size_t i = dotcompute::global_id();
  if (i < data.size()) data[i] += T{1};
}
template void add_one<float>(std::span<float>);
template void add_one<double>(std::span<double>);

}  // namespace demo

extern "C" [[gnu::visibility("default")]] void KERNELS_SEEN_INSIDE(demo::Kernels& kernels) {
  kernels = {demo::scale, demo::twin_a, demo::twin_b, demo::add_one<float>, demo::add_one<double>};
}
