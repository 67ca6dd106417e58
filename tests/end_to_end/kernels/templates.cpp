#include <dotcompute/kernel.hpp>

namespace sorting {

template <class T, bool Descending>
DOTCOMPUTE_KERNEL void merge(std::span<const T> a, std::span<const T> b, std::span<T> larger) {
  const std::size_t i = dotcompute::global_id();
  if (i >= a.size() || i >= b.size() || i >= larger.size()) return;
  const bool first = Descending ? a[i] > b[i] : a[i] < b[i];
  larger[i] = first ? a[i] : b[i];
}

template void merge<double, true>(std::span<const double>, std::span<const double>, std::span<double>);
template void merge<double, false>(std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace sorting
