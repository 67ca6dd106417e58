// Control flow around barriers, and values that live across them.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/kernel.hpp>

namespace suite::groups {

using namespace dotcompute;

namespace {

using Ints = SharedArray<std::int32_t, 1024>;

struct Pair {
  std::int32_t a, b;
  std::int32_t sum() const { return a + b; }
};
struct Large {
  std::int32_t values[24];
};

std::int32_t value(std::span<const std::int32_t> x, std::size_t i) { return i < x.size() ? x[i] & 0xFFFF : 7; }

/// What the next item of the group has.
std::int32_t neighbour(Ints& shared, std::int32_t mine) {
  barrier();
  shared[local_id()] = mine;
  barrier();
  return shared[(local_id() + 1) % local_size()];
}

/// Leaves early and late.
std::int32_t count_down(Ints& shared, std::int32_t mine, std::uint32_t turns) {
  if (turns == 0) return -1;
  for (std::uint32_t turn = 0;; ++turn) {
    mine += neighbour(shared, mine);
    for (std::uint32_t k = 0; k < 3; ++k) {
      if (turn + k == turns) return mine * 10 + static_cast<std::int32_t>(k);
      barrier();
    }
  }
}

std::int32_t choose(Ints& shared, std::int32_t mine, std::uint32_t way) {
  for (int turn = 0; turn < 2; ++turn) {
    switch (way % 4) {
      case 0: return neighbour(shared, mine);
      case 1: barrier(); break;
      case 2:
        if (turn == 1) return mine - 5;
        [[fallthrough]];
      default: mine += neighbour(shared, mine + turn);
    }
    mine *= 3;
  }
  if (mine % 2 == 0) return mine / 2;
  return mine + 1;
}

void set_both(std::int32_t& a, std::int32_t& b, Ints& shared) {
  a = neighbour(shared, b);
  b = neighbour(shared, a);
}

bool is_less_after_all_came(std::uint32_t a, std::uint32_t b) {
  barrier();
  return a < b;
}

std::int32_t of_span(std::span<std::int32_t> shared, std::size_t i) { return shared[i] + shared.front(); }

}  // namespace

DOTCOMPUTE_KERNEL void lives_across(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  Ints shared;
  const std::size_t i = local_id();
  std::int32_t mine = value(x, global_id());
  std::int32_t other = mine * 3;
  bool is_odd = mine % 2 != 0;
  double real = mine * 0.5;
  shared[i] = mine;
  barrier();
  mine += shared[local_size() - 1 - i];
  barrier();
  shared[i] = mine;
  if (is_odd) other += 100;
  real = std::sqrt(std::fabs(real)) + other;
  barrier();
  if (global_id() < y.size()) y[global_id()] = shared[(i + 3) % local_size()] + other + static_cast<std::int32_t>(real);
}

DOTCOMPUTE_KERNEL void objects_across(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  Ints shared;
  const std::size_t i = local_id();
  Pair pair{value(x, global_id()), static_cast<std::int32_t>(i)};
  Large large{};
  std::array<std::int32_t, 5> history{};
  std::int32_t* last = &history[0];
  for (std::size_t turn = 0; turn < 5; ++turn) {
    shared[i] = pair.sum();
    barrier();
    history[turn] = shared[(i + turn) % local_size()];
    large.values[(turn * 7 + i) % 24] += history[turn];
    last = &history[turn];
    barrier();
    pair.b += *last;
    std::swap(pair.a, pair.b);
  }
  std::int32_t sum = *last;
  for (const std::int32_t each : large.values) sum += each;
  for (const std::int32_t each : history) sum ^= each;
  if (global_id() < y.size()) y[global_id()] = sum;
}

/// A uniform condition around a barrier, one with an else, and one whose value is read from memory.
DOTCOMPUTE_KERNEL void uniform_conditions(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  const std::size_t i = local_id();
  std::int32_t mine = value(x, global_id());
  shared[i] = mine;
  if (k % 2 == 0) {
    barrier();
    mine += shared[local_size() - 1];
    barrier();
  } else if (group_id() % 2 == 1) {
    mine -= 1000;
    barrier();
    mine += shared[0];
    barrier();
  }
  if (!x.empty() && x[0] % 3 == 0) {
    shared[i] = mine * 2;
    barrier();
    mine = shared[local_size() / 2];
  }
  if (global_id() < y.size()) y[global_id()] = mine;
}

DOTCOMPUTE_KERNEL void loops(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  const std::size_t i = local_id();
  std::int32_t mine = value(x, global_id());
  std::uint32_t turn = 0;
  do {
    shared[i] = mine + static_cast<std::int32_t>(turn);
    barrier();
    for (std::uint32_t inner = 0; inner < 4; ++inner) {
      if (inner == k % 5) continue;
      mine += shared[(i + inner) % local_size()];
      if (inner + turn == 5) break;
      barrier();
      if (i % 2 == 0) shared[i] += 1;
      barrier();
    }
    barrier();
    while (true) {
      if (turn > 6) break;
      ++turn;
      barrier();
      if (turn % 3 == k % 3) break;
    }
    ++turn;
  } while (turn < 8 + k % 3);
  if (global_id() < y.size()) y[global_id()] = mine + static_cast<std::int32_t>(turn);
}

DOTCOMPUTE_KERNEL void switches(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  const std::size_t i = local_id();
  std::int32_t mine = value(x, global_id());
  for (std::uint32_t turn = 0; turn < 5; ++turn) {
    shared[i] = mine;
    barrier();
    switch ((turn + k) % 4) {
      case 0: mine += shared[0]; break;
      case 1:
        mine ^= shared[local_size() - 1];
        barrier();
        shared[i] = mine;
        [[fallthrough]];
      case 2:
        barrier();
        mine += shared[(i + 1) % local_size()];
        break;
      default: mine -= 3;
    }
    barrier();
  }
  if (global_id() < y.size()) y[global_id()] = mine;
}

/// Returns: of whole groups before a barrier, of some items after the last one.
DOTCOMPUTE_KERNEL void returns(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  const std::size_t i = local_id();
  std::int32_t mine = value(x, global_id());
  if (group_id() % 3 == 2) {
    if (global_id() < y.size()) y[global_id()] = -mine;
    return;
  }
  shared[i] = mine;
  barrier();
  if (k % 2 == 0) {
    mine += shared[local_size() - 1 - i];
    barrier();
    if (mine % 4 == 1) return;
    mine *= 2;
  }
  if (global_id() >= y.size()) return;
  y[global_id()] = mine;
  if (mine % 3 == 0) return;
  for (int turn = 0; turn < 4; ++turn) {
    if (mine % 5 == turn) return;
    y[global_id()] += turn;
  }
  y[global_id()] *= 2;
}

/// Items that skip the rest of a turn, after the turn's last barrier.
DOTCOMPUTE_KERNEL void skips(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  const std::size_t i = local_id();
  std::int32_t mine = value(x, global_id());
  std::int32_t skipped = 0;
  for (std::uint32_t turn = 0; turn < 4; ++turn) {
    shared[i] = mine;
    barrier();
    const std::int32_t other = shared[(i + turn + 1) % local_size()];
    barrier();
    ++skipped;
    if ((other + mine) % 3 == 0) continue;
    mine += other;
    const std::uint32_t twice = turn * 2 + k;
    if (mine % 7 == static_cast<std::int32_t>(twice % 7)) continue;
    --skipped;
    mine ^= static_cast<std::int32_t>(twice);
  }
  if (global_id() < y.size()) y[global_id()] = mine * 8 + skipped;
}

DOTCOMPUTE_KERNEL void returned_values(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  Ints shared;
  std::int32_t mine = value(x, global_id());
  const std::int32_t other = neighbour(shared, mine) + 2;
  mine = neighbour(shared, other) * 2 + mine;
  if (global_id() < y.size()) y[global_id()] = mine;
}

DOTCOMPUTE_KERNEL void early_returns(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  std::int32_t mine = value(x, global_id());
  mine += count_down(shared, mine, k % 5);
  if (global_id() < y.size()) y[global_id()] = mine;
}

DOTCOMPUTE_KERNEL void returns_in_switches(std::span<const std::int32_t> x, std::span<std::int32_t> y,
                                           std::uint32_t k) {
  Ints shared;
  std::int32_t mine = value(x, global_id());
  mine += choose(shared, mine, k);
  if (global_id() < y.size()) y[global_id()] = mine;
}

DOTCOMPUTE_KERNEL void references(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  std::int32_t mine = value(x, global_id());
  std::int32_t a = mine, b = 1;
  set_both(a, b, shared);
  barrier();
  shared[local_id()] = a;
  barrier();
  mine = of_span(shared, local_id()) + b;
  std::uint32_t turn = 0;
  while (is_less_after_all_came(turn, k % 3)) mine += static_cast<std::int32_t>(++turn);
  if (global_id() < y.size()) y[global_id()] = mine;
}

/// Parameters are an item's own variables, or the group's if they change alike for all.
DOTCOMPUTE_KERNEL void parameters(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k,
                                  std::int32_t mine) {
  Ints shared;
  const std::size_t i = local_id();
  mine += value(x, global_id());
  x = x.first(x.size() / 2);
  for (; k % 8 != 0; --k) {
    shared[i] = mine;
    barrier();
    mine += shared[k % local_size()] + value(x, i);
    barrier();
  }
  if (global_id() < y.size()) y[global_id()] = mine + static_cast<std::int32_t>(k);
}

/// What a barrier orders: also the group's accesses to global memory.
DOTCOMPUTE_KERNEL void global_memory(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  const std::size_t first = group_id() * local_size();
  const std::size_t last = std::min(first + local_size(), y.size());
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = value(x, i);
  barrier();
  std::int32_t mirrored = 0;
  if (i < y.size()) mirrored = y[first + (last - 1 - i)];
  barrier();
  if (i < y.size()) y[i] += mirrored;
}

/// Uniform values: computed once, also where they depend on each other, with items between.
DOTCOMPUTE_KERNEL void uniform_values(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::uint32_t k) {
  Ints shared;
  const std::size_t i = local_id();
  std::uint32_t a = k, b = 1;
  std::int32_t mine = value(x, global_id());
  for (std::size_t turn = 0, other = 10; turn < 6; ++turn, --other) {
    mine += static_cast<std::int32_t>(a);
    a += b;
    mine ^= static_cast<std::int32_t>(a);
    std::swap(a, b);
    b %= 1000;
    shared[i] = mine;
    barrier();
    if (a > b) mine += shared[(i + other) % local_size()];
    const std::uint32_t step = std::min(a, b) % 2 + 1;
    if (turn < x.size() && x[turn] > 0) a += step;
    barrier();
  }
  if (global_id() < y.size()) y[global_id()] = mine;
}

/// Only ids: no barrier, no shared array, and still whole groups.
DOTCOMPUTE_KERNEL void ids(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  if (global_id() >= y.size()) return;
  y[global_id()] = static_cast<std::int32_t>(local_id() + 10 * group_id() + 1000 * local_size() + 7 * group_count() +
                                             13 * global_size()) +
                   value(x, group_id());
}

/// A struct that several items fill, and elements of it.
DOTCOMPUTE_KERNEL void shared_structs(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  SharedArray<Pair, 1024> pairs;
  SharedArray<std::array<std::int32_t, 3>, 4> rows;
  const std::size_t i = local_id();
  pairs[i] = {value(x, global_id()), static_cast<std::int32_t>(i)};
  if (i < 4) rows[i] = {1, static_cast<std::int32_t>(i), 3};
  barrier();
  pairs[i].b += 5;
  barrier();
  const Pair& other = pairs[(i + 1) % local_size()];
  std::int32_t sum =
      other.sum() + rows[std::min<std::size_t>(i, local_size() - 1) % std::min<std::size_t>(4, local_size())][2];
  for (const Pair& each : std::span(pairs).first(std::min<std::size_t>(3, local_size()))) sum += each.a;
  if (global_id() < y.size()) y[global_id()] = sum + static_cast<std::int32_t>(pairs.size());
}

}  // namespace suite::groups
