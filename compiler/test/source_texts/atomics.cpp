#include <dotcompute/kernel.hpp>

struct Bin {
  std::uint32_t count;
  float largest;
};

// A helper is written once for each address space that it is called with.
std::uint32_t take(std::uint32_t& next, std::uint32_t limit) {
  if (dotcompute::atomic_load(next) >= limit) return limit;
  return dotcompute::atomic_add(next, 1u);
}

DOTCOMPUTE_KERNEL void bins(std::span<const float> x, std::span<Bin> bins, std::span<std::uint32_t> places) {
  const std::size_t i = dotcompute::global_id();
  if (i >= x.size()) return;
  Bin& bin = bins[i % bins.size()];
  dotcompute::atomic_add(bin.count, 1u);
  dotcompute::atomic_max(bin.largest, x[i]);
  const std::uint32_t place = take(places[0], 100);
  if (place > 0 && dotcompute::atomic_compare_exchange(places[place], 0u, place) == 0) {
    dotcompute::atomic_sub(places[0], 1u);
  }
}

DOTCOMPUTE_KERNEL void numbers(std::span<std::int32_t> a, std::span<float> b) {
  const std::size_t i = dotcompute::global_id();
  if (a.size() < 8 || b.size() < 8) return;
  const float step = static_cast<float>(i);
  dotcompute::atomic_min(a[0], static_cast<std::int32_t>(i));
  dotcompute::atomic_and(a[1], ~static_cast<std::int32_t>(i));
  dotcompute::atomic_or(a[2], static_cast<std::int32_t>(i));
  dotcompute::atomic_xor(a[3], static_cast<std::int32_t>(i));
  a[4 + i % 2] = dotcompute::atomic_exchange(a[6], 3) + dotcompute::atomic_add(a[7], 1);
  dotcompute::atomic_add(b[0], step);
  dotcompute::atomic_sub(b[1], step);
  dotcompute::atomic_min(b[2], step);
  b[4 + i % 2] = dotcompute::atomic_exchange(b[6], step) + dotcompute::atomic_compare_exchange(b[7], 0.0f, step);
  dotcompute::atomic_store(b[3], dotcompute::atomic_load(b[0]));
}
