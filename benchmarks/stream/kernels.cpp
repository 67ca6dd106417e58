#include "kernels.hpp"

#include <algorithm>

#include <dotcompute/kernel.hpp>

namespace stream {

using namespace dotcompute;

template <class T>
DOTCOMPUTE_KERNEL void copy(std::span<const T> a, std::span<T> c) {
  const std::size_t i = global_id();
  if (i < c.size()) c[i] = a[i];
}
template void copy<float>(std::span<const float>, std::span<float>);
template void copy<double>(std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void mul(T scalar, std::span<const T> c, std::span<T> b) {
  const std::size_t i = global_id();
  if (i < b.size()) b[i] = scalar * c[i];
}
template void mul<float>(float, std::span<const float>, std::span<float>);
template void mul<double>(double, std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void add(std::span<const T> a, std::span<const T> b, std::span<T> c) {
  const std::size_t i = global_id();
  if (i < c.size()) c[i] = a[i] + b[i];
}
template void add<float>(std::span<const float>, std::span<const float>, std::span<float>);
template void add<double>(std::span<const double>, std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL void triad(T scalar, std::span<const T> b, std::span<const T> c, std::span<T> a) {
  const std::size_t i = global_id();
  if (i < a.size()) a[i] = b[i] + scalar * c[i];
}
template void triad<float>(float, std::span<const float>, std::span<const float>, std::span<float>);
template void triad<double>(double, std::span<const double>, std::span<const double>, std::span<double>);

template <class T>
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void dot(std::span<const T> a, std::span<const T> b, std::span<T> sums) {
  SharedArray<T, dot_items> partial;
  const std::size_t i = local_id();
  const std::size_t groups = global_size() / dot_items;
  const std::size_t part = (a.size() + groups - 1) / groups;
  const std::size_t first = group_id() * part;
  T sum = 0;
  for (std::size_t k = first + i; k < std::min(first + part, a.size()); k += dot_items) sum += a[k] * b[k];
  partial[i] = sum;
  for (std::size_t half = dot_items / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) partial[i] += partial[i + half];
  }
  if (i == 0 && group_id() < sums.size()) sums[group_id()] = partial[0];
}
template void dot<float>(std::span<const float>, std::span<const float>, std::span<float>);
template void dot<double>(std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace stream
