// Atomic operations on what a group shares. Each kernel leaves what every order of items and groups leaves.
#include <bit>
#include <type_traits>

#include <dotcompute/kernel.hpp>

namespace suite::atomics {

using namespace dotcompute;

template <class T>
using SharedBits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

// The histogram of a group in shared memory, which is then added to that of all.
template <class T>
DOTCOMPUTE_KERNEL void histogram(std::span<const std::uint32_t> in, std::span<T> counts) {
  SharedArray<T, 64> bins;
  for (std::size_t k = local_id(); k < bins.size(); k += local_size()) bins[k] = 0;
  barrier();
  if (global_id() < in.size()) atomic_add(bins[in[global_id()] % bins.size()], T(1));
  barrier();
  for (std::size_t k = local_id(); k < bins.size(); k += local_size()) {
    if (k < counts.size() && bins[k] != 0) atomic_add(counts[k], bins[k]);
  }
}
template void histogram<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void histogram<std::int32_t>(std::span<const std::uint32_t>, std::span<std::int32_t>);
template void histogram<std::uint64_t>(std::span<const std::uint32_t>, std::span<std::uint64_t>);
template void histogram<std::int64_t>(std::span<const std::uint32_t>, std::span<std::int64_t>);

// Counters of a grid-stride loop, which the last items leave before the others; the greatest number of all; and how
// many of a group are odd.
DOTCOMPUTE_KERNEL void shared_counters(std::span<const std::uint32_t> in, std::span<std::uint32_t> out) {
  SharedArray<std::uint32_t, 34> found;
  for (std::size_t k = local_id(); k < found.size(); k += local_size()) found[k] = 0;
  barrier();
  for (std::size_t k = local_id(); k < in.size() && k < 1000; k += local_size()) {
    atomic_add(found[in[k] % 32], 1u);
    atomic_max(found[32], in[k]);
    if (in[k] % 2 == 1) atomic_add(found[33], 1u);
  }
  barrier();
  if (global_id() < out.size()) out[global_id()] = found[global_id() % found.size()];
}

// Every operation on shared integers by all items of the group.
template <class T>
DOTCOMPUTE_KERNEL void shared_integers(std::span<const T> in, std::span<T> out) {
  SharedArray<T, 8> found;
  const std::size_t i = local_id();
  if (i == 0) {
    for (std::size_t k = 0; k < found.size(); ++k) found[k] = static_cast<T>(k * 0x1234567);
  }
  barrier();
  const T value = global_id() < in.size() ? in[global_id()] : T(7);
  atomic_add(found[0], value);
  atomic_sub(found[1], value);
  atomic_min(found[2], value);
  atomic_max(found[3], value);
  atomic_and(found[4], static_cast<T>(value | T(0xff00)));
  atomic_or(found[5], static_cast<T>(value & T(0xff)));
  atomic_xor(found[6], value);
  // The tickets of a group: their hash does not tell who had which.
  const T ticket = atomic_add(found[7], T(3));
  barrier();
  if (i == 0) found[7] = 0;
  barrier();
  atomic_add(found[7], static_cast<T>(ticket * ticket));
  barrier();
  if (global_id() < out.size()) out[global_id()] = atomic_load(found[i % found.size()]);
}
template void shared_integers<std::int32_t>(std::span<const std::int32_t>, std::span<std::int32_t>);
template void shared_integers<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void shared_integers<std::int64_t>(std::span<const std::int64_t>, std::span<std::int64_t>);
template void shared_integers<std::uint64_t>(std::span<const std::uint64_t>, std::span<std::uint64_t>);

// On shared floating-point numbers: all items add the same; a zero is the positive one.
template <class T>
DOTCOMPUTE_KERNEL void shared_floats(std::span<const T> in, std::span<T> out) {
  SharedArray<T, 7> found;
  const std::size_t i = local_id();
  const T first = group_id() < in.size() ? in[group_id()] : T(1);
  if (i == 0) {
    for (std::size_t k = 0; k < found.size(); ++k) found[k] = first;
  }
  barrier();
  const T value = (global_id() < in.size() ? in[global_id()] : T(3)) + T(0);
  atomic_add(found[0], T(0.3f));
  atomic_sub(found[1], T(0.7f));
  atomic_min(found[2], value);
  atomic_max(found[3], value);
  atomic_store(found[4], T(2.5f));
  T old = atomic_load(found[5]);
  while (true) {
    const T seen = atomic_compare_exchange(found[5], old, old * T(1.25f));
    if (std::bit_cast<SharedBits<T>>(seen) == std::bit_cast<SharedBits<T>>(old)) break;
    old = seen;
  }
  const bool is_first =
      std::bit_cast<SharedBits<T>>(atomic_exchange(found[6], T(-0.0f))) != std::bit_cast<SharedBits<T>>(T(-0.0f));
  barrier();
  if (is_first) found[6] = T(11);
  barrier();
  if (global_id() < out.size()) out[global_id()] = found[i % found.size()];
}
template void shared_floats<float>(std::span<const float>, std::span<float>);
template void shared_floats<double>(std::span<const double>, std::span<double>);

struct Tally {
  std::uint32_t count;
  std::int32_t largest;
};

// One function for what the group shares and for what all share.
void add(Tally& tally, std::int32_t value) {
  atomic_add(tally.count, 1u);
  atomic_max(tally.largest, value);
}

void merge(Tally& tally, const Tally& part) {
  atomic_add(tally.count, part.count);
  atomic_max(tally.largest, part.largest);
}

DOTCOMPUTE_KERNEL void tallies(std::span<const std::int32_t> in, std::span<Tally> all) {
  SharedArray<Tally, 16> mine;
  if (local_id() == 0) {
    for (Tally& tally : mine) tally = {0, -1'000'000};
  }
  barrier();
  if (global_id() < in.size()) {
    const std::int32_t value = in[global_id()];
    add(mine[static_cast<std::uint32_t>(value) % mine.size()], value);
    add(all[static_cast<std::uint32_t>(value) / 16 % all.size()], value);
  }
  barrier();
  for (std::size_t k = local_id(); k < mine.size() && k < all.size(); k += local_size()) merge(all[k], mine[k]);
}

// The group that arrives last, which one ever it is, does what is left.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(64) void last_group(std::span<const std::uint32_t> in, std::span<std::uint32_t> sums,
                                                       std::span<std::uint64_t> arrived, std::span<std::uint32_t> out) {
  SharedArray<std::uint32_t, 1> sum;
  SharedArray<std::uint64_t, 1> ticket;
  if (local_id() == 0) sum[0] = 0;
  barrier();
  if (global_id() < in.size()) atomic_add(sum[0], in[global_id()]);
  barrier();
  if (local_id() == 0 && in.size() > 0) {
    atomic_add(sums[0], sum[0]);
    ticket[0] = atomic_add(arrived[0], std::uint64_t{1});
  }
  barrier();
  const bool is_last = in.size() > 0 && ticket[0] % group_count() == group_count() - 1;
  if (is_last && local_id() < out.size()) atomic_add(out[local_id()], 1u);
}

}  // namespace suite::atomics
