// Atomic operations. Items come in any order, so that each kernel leaves what every order leaves: sums of integers,
// the same number added as often, tickets that are only counted, values that depend on their place alone.
#include <bit>
#include <type_traits>

#include <dotcompute/kernel.hpp>

namespace suite::atomics {

using namespace dotcompute;

// The unsigned integer with a number's bits.
template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

// Many items for few objects; any number of elements has room for them.
inline std::size_t crowded(std::size_t i, std::size_t size) { return i % 61 % size; }

// A zero is the positive one, so that a NaN and equal numbers aside, one of two is the smaller.
template <class T>
T ordered(T value) {
  return value + T(0);
}

template <class T>
T small_step(std::size_t place) {
  return static_cast<T>(place % 5 + 1) / T(4);
}

template <class T>
DOTCOMPUTE_KERNEL void integers(std::span<const T> in, std::span<T> sums, std::span<T> differences, std::span<T> least,
                                std::span<T> greatest) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  const std::size_t place = crowded(i, in.size());
  atomic_add(sums[place], in[i]);
  atomic_sub(differences[place], in[i]);
  atomic_min(least[place], in[i]);
  atomic_max(greatest[place], in[i]);
}
template void integers<std::int32_t>(std::span<const std::int32_t>, std::span<std::int32_t>, std::span<std::int32_t>,
                                     std::span<std::int32_t>, std::span<std::int32_t>);
template void integers<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>,
                                      std::span<std::uint32_t>, std::span<std::uint32_t>, std::span<std::uint32_t>);
template void integers<std::int64_t>(std::span<const std::int64_t>, std::span<std::int64_t>, std::span<std::int64_t>,
                                     std::span<std::int64_t>, std::span<std::int64_t>);
template void integers<std::uint64_t>(std::span<const std::uint64_t>, std::span<std::uint64_t>,
                                      std::span<std::uint64_t>, std::span<std::uint64_t>, std::span<std::uint64_t>);

template <class T>
DOTCOMPUTE_KERNEL void masks(std::span<const T> in, std::span<T> all, std::span<T> any, std::span<T> odd) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  const std::size_t place = crowded(i, in.size());
  atomic_and(all[place], static_cast<T>(in[i] | in[place]));
  atomic_or(any[place], static_cast<T>(in[i] & in[place]));
  atomic_xor(odd[place], in[i]);
}
template void masks<std::int32_t>(std::span<const std::int32_t>, std::span<std::int32_t>, std::span<std::int32_t>,
                                  std::span<std::int32_t>);
template void masks<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>, std::span<std::uint32_t>,
                                   std::span<std::uint32_t>);
template void masks<std::int64_t>(std::span<const std::int64_t>, std::span<std::int64_t>, std::span<std::int64_t>,
                                  std::span<std::int64_t>);
template void masks<std::uint64_t>(std::span<const std::uint64_t>, std::span<std::uint64_t>, std::span<std::uint64_t>,
                                   std::span<std::uint64_t>);

// Who adds or subtracts the same number as often leaves the same, rounded as often.
template <class T>
DOTCOMPUTE_KERNEL void floats(std::span<const T> in, std::span<T> sums, std::span<T> differences, std::span<T> least,
                              std::span<T> greatest) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  const std::size_t place = crowded(i, in.size());
  atomic_add(sums[place], small_step<T>(place));
  atomic_sub(differences[place], small_step<T>(place));
  atomic_min(least[place], ordered(in[i]));
  atomic_max(greatest[place], ordered(in[i]));
}
template void floats<float>(std::span<const float>, std::span<float>, std::span<float>, std::span<float>,
                            std::span<float>);
template void floats<double>(std::span<const double>, std::span<double>, std::span<double>, std::span<double>,
                             std::span<double>);

// Each item for itself, so that what the operations return can be seen.
template <class T>
DOTCOMPUTE_KERNEL void results(std::span<const T> in, std::span<T> object, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  T& mine = object[i];
  T seen = atomic_load(mine);
  seen += atomic_add(mine, in[i]);
  seen -= atomic_sub(mine, out[i]);
  seen += atomic_min(mine, in[i]);
  seen -= atomic_max(mine, out[i]);
  const T before = atomic_load(mine);
  if (std::bit_cast<Bits<T>>(atomic_compare_exchange(mine, before, in[i])) != std::bit_cast<Bits<T>>(before)) seen = 1;
  if (atomic_compare_exchange(mine, static_cast<T>(42), out[i]) == static_cast<T>(42)) seen = 2;
  seen += atomic_exchange(mine, out[i]);
  out[i] = seen;
  if (i % 3 == 0) atomic_store(mine, seen);
}
template void results<std::int32_t>(std::span<const std::int32_t>, std::span<std::int32_t>, std::span<std::int32_t>);
template void results<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>,
                                     std::span<std::uint32_t>);
template void results<std::int64_t>(std::span<const std::int64_t>, std::span<std::int64_t>, std::span<std::int64_t>);
template void results<std::uint64_t>(std::span<const std::uint64_t>, std::span<std::uint64_t>,
                                     std::span<std::uint64_t>);
template void results<float>(std::span<const float>, std::span<float>, std::span<float>);
template void results<double>(std::span<const double>, std::span<double>, std::span<double>);

// All items of a place bring the same: one of them finds what was there before, the others find that.
template <class T>
DOTCOMPUTE_KERNEL void exchanges(std::span<const T> in, std::span<T> cells, std::span<Bits<T>> found,
                                 std::span<T> flags) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  const std::size_t place = crowded(i, in.size());
  atomic_xor(found[place], std::bit_cast<Bits<T>>(atomic_exchange(cells[place], in[place])));
  atomic_store(flags[place], in[place]);
}
template void exchanges<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>,
                                       std::span<std::uint32_t>, std::span<std::uint32_t>);
template void exchanges<std::int64_t>(std::span<const std::int64_t>, std::span<std::int64_t>, std::span<std::uint64_t>,
                                      std::span<std::int64_t>);
template void exchanges<float>(std::span<const float>, std::span<float>, std::span<std::uint32_t>, std::span<float>);
template void exchanges<double>(std::span<const double>, std::span<double>, std::span<std::uint64_t>,
                                std::span<double>);

// What the language has no operation for, by comparing and exchanging until nobody came between.
template <class T, class Change>
T change(T& object, Change next) {
  T old = atomic_load(object);
  while (true) {
    const T seen = atomic_compare_exchange(object, old, next(old));
    if (std::bit_cast<Bits<T>>(seen) == std::bit_cast<Bits<T>>(old)) return old;
    old = seen;
  }
}

template <class T>
struct Scale {
  T factor;
  T operator()(T value) const { return value * factor; }
};

template <class T>
DOTCOMPUTE_KERNEL void products(std::span<const T> in, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  const std::size_t place = crowded(i, in.size());
  if constexpr (std::is_integral_v<T>) {
    change(out[place], Scale<T>{static_cast<T>(in[i] * 2 + 1)});
  } else {
    change(out[place], Scale<T>{T(1.5f)});
  }
}
template void products<std::uint32_t>(std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void products<std::uint64_t>(std::span<const std::uint64_t>, std::span<std::uint64_t>);
template void products<float>(std::span<const float>, std::span<float>);
template void products<double>(std::span<const double>, std::span<double>);

inline std::uint32_t mixed(std::uint32_t value) {
  value = (value ^ value >> 16) * 0x7feb352du;
  value = (value ^ value >> 15) * 0x846ca68bu;
  return value ^ value >> 16;
}

// Each item draws a ticket: no two the same, none left out. Who has which is not known, so only their hash is kept, and
// how many had the last of a round.
DOTCOMPUTE_KERNEL void tickets(std::span<std::uint32_t> next, std::span<std::uint32_t> hash,
                               std::span<std::uint32_t> rounds) {
  if (global_id() >= next.size()) return;
  const std::uint32_t ticket = atomic_add(next[0], 1u);
  atomic_xor(hash[0], mixed(ticket));
  if (ticket % 64 == 63) atomic_add(rounds[ticket / 64 % rounds.size()], 1u);
}

// The list of those that pass a test, in whatever order: their number, and a hash of it.
DOTCOMPUTE_KERNEL void chosen(std::span<const std::int32_t> in, std::span<std::uint32_t> places,
                              std::span<std::uint32_t> hash) {
  const std::size_t i = global_id();
  if (i >= in.size() || in[i] < 0) return;
  const std::uint32_t place = atomic_add(places[0], 1u) % static_cast<std::uint32_t>(in.size());
  if (in.size() > 1 && place == 0) atomic_or(places[1], 1u);
  atomic_add(hash[place % 2 % in.size()], mixed(place));
  atomic_xor(hash[in.size() - 1], mixed(static_cast<std::uint32_t>(in[i])));
}

struct Bin {
  std::uint32_t count;
  std::int32_t range[2];
  std::uint64_t weight;

  void take(std::int32_t value) {
    atomic_add(count, 1u);
    atomic_min(range[0], value);
    atomic_max(range[1], value);
  }
};

void weigh(Bin* bin, std::uint64_t weight) { atomic_add(bin->weight, weight); }

DOTCOMPUTE_KERNEL void members(std::span<const std::int32_t> in, std::span<Bin> bins) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  Bin& bin = bins[crowded(static_cast<std::uint32_t>(in[i]), bins.size())];
  bin.take(in[i]);
  weigh(&bin, i);
}

// In loops, where items part: on one object by all, on one of many by some, and on an item's own with what was there.
template <class T>
DOTCOMPUTE_KERNEL void in_rounds(std::span<const T> in, std::span<T> sums, std::span<T> extremes, std::span<T> masks,
                                 std::span<T> own) {
  const std::size_t i = global_id();
  if (i >= in.size()) return;
  const T value = in[i];
  const auto rounds = static_cast<std::uint32_t>(value) % 8;
  for (std::uint32_t k = 0; k < rounds; ++k) {
    atomic_add(sums[0], value);
    atomic_sub(sums[crowded(i * 7 + k, sums.size())], static_cast<T>(value >> k));
    if ((value >> k & T(1)) == T(0)) continue;
    atomic_min(extremes[0], value);
    atomic_max(extremes[crowded(1, extremes.size())], value);
    atomic_xor(masks[crowded(i + k, masks.size())], value);
    atomic_or(masks[crowded(i * 3 + k, masks.size())], T(0));
  }
  Bits<T> met = 0;
  for (std::uint32_t k = 0; k < 3; ++k) {
    const T before = atomic_exchange(own[i], static_cast<T>(static_cast<Bits<T>>(value) + k));
    met = met * 3 + static_cast<Bits<T>>(before);
    if (k == 1 && rounds > 3) met += static_cast<Bits<T>>(atomic_and(own[i], T(0xff)));
  }
  atomic_add(own[i], static_cast<T>(met));
}
#define I(T) template void in_rounds<T>(std::span<const T>, std::span<T>, std::span<T>, std::span<T>, std::span<T>);
I(std::int32_t) I(std::uint32_t) I(std::int64_t) I(std::uint64_t)
#undef I

}  // namespace suite::atomics
