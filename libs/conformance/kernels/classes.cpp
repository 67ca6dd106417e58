// Base classes, lambdas, orderings, template arguments that are objects: the C++ of structs beyond plain members.
#include <algorithm>
#include <array>
#include <compare>
#include <functional>
#include <tuple>
#include <utility>

#include <dotcompute/kernel.hpp>

namespace suite::classes {

using dotcompute::global_id;

struct Named {
  std::uint8_t id = 7;
  std::int32_t tagged(std::int32_t value) const { return value * 4 + id % 4; }
};
struct Unit {};
struct Point {
  float x, y;
  float dot(const Point& other) const { return x * other.x + y * other.y; }
  Point& move(float by) {
    x += by;
    return *this;
  }
};
struct Disc : Named, Unit, Point {
  float radius = 2;
  bool holds(const Point& point) const {
    const Point off{point.x - x, point.y - y};
    return off.dot(off) <= radius * radius;
  }
};
struct Ball : Disc {
  explicit Ball(float size) : Disc{{3}, {}, {size, 1}}, z(size * 2) {}
  Ball(const Ball& other) : Disc(other), z(other.z + 1) {}
  float z;
};
struct Counter {
  std::int32_t count;
  explicit Counter(std::int32_t start, std::int32_t step = 2) : count(start * step) {}
};
struct Inheriting : Counter, Unit {
  using Counter::Counter;
  std::int32_t extra = count + 1;
};
std::int32_t count_of(const Counter& counter) { return counter.count; }
float norm(Point point) { return point.dot(point); }

// Bases in spans, empty ones, seen as what they are derived from, sliced, constructed and copied.
DOTCOMPUTE_KERNEL void bases(std::span<Disc> discs, std::span<const std::int16_t> in, std::span<float> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= discs.size() || i >= in.size()) return;
  const float value = static_cast<float>(in[i]) / 16;
  Disc disc = discs[i];
  disc.move(value).y -= 1;
  disc.x = disc.x == disc.x ? disc.x : 0;
  Ball ball(value);
  const Ball copy = ball;
  Point& as_point = ball;
  as_point.y += 3;
  const Disc* as_disc = &ball;
  const Point sliced = ball;
  const Inheriting inheriting(in[i] % 100);
  float sum = norm(ball) + copy.z + sliced.y + as_disc->radius + (disc.holds(sliced) ? 1.0f : 2.0f);
  sum += static_cast<float>(ball.tagged(in[i] % 8) + count_of(inheriting) + inheriting.extra);
  discs[i].Point::x = value;
  discs[i].Named::id = static_cast<std::uint8_t>(disc.tagged(in[i] % 32));
  out[i] = sum + static_cast<float>(Disc{}.id);
}

template <class F>
std::int64_t sum_over(std::int32_t count, F term) {
  std::int64_t sum = 0;
  for (std::int32_t k = 0; k < count; ++k) sum += term(k);
  return sum;
}
constexpr auto square = [](auto value) { return value * value; };

struct Scaled {
  std::int32_t factor;
  std::int64_t over(std::span<const std::int32_t> values) const {
    return sum_over(static_cast<std::int32_t>(values.size() % 5),
                    [this, values](std::int32_t k) { return values[static_cast<std::size_t>(k)] % 100 * factor; });
  }
};

// Captures by value, by reference, of spans and of this; generic, mutable, immediate and nested lambdas.
DOTCOMPUTE_KERNEL void lambdas(std::span<const std::int32_t> in, std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= in.size()) return;
  const std::int32_t own = in[i] % 1000;
  std::int64_t total = 0;
  const auto add = [&total](std::int64_t value) -> std::int64_t& { return total += value; };
  for (std::int32_t k = 0; k < 3; ++k) add(own + k);
  add(square(own)) -= square(3u);
  const auto clamp = [=](auto low, auto high) { return std::clamp<std::int64_t>(own, low, high); };
  auto counter = [calls = own, step = 3]() mutable { return calls += step; };
  counter();
  const std::int32_t chosen = [&] {
    if (own < 0) return counter() * 2;
    for (std::int32_t k = 1;; ++k) {
      if (k * k > own) return k;
    }
  }();
  auto outer = [&](std::int32_t by) {
    const auto inner = [&, by] { return by + own + static_cast<std::int32_t>(in.size() % 7); };
    total ^= inner();
    return inner() - by;
  };
  total += sum_over(4, [&](std::int32_t k) { return outer(k) * chosen; }) + clamp(-5, 50l) + Scaled{own % 9}.over(in);
  auto [first, second] = std::pair(own, own + 1);
  total += [&] { return first * 2 + second; }();
  std::int32_t table[5] = {own, 4, -own, 9, own % 7};
  std::int32_t* const begin = table;
  const auto largest = [table](std::int32_t limit) {
    std::int32_t best = -2000;
    for (const std::int32_t value : table) best = value < limit && value > best ? value : best;
    return best;
  };
  begin[1] = 100;
  out[i] = total + largest(50) + table[1] + std::invoke([](std::int32_t value) { return value + 1; }, own);
}

struct Version {
  std::int32_t major;
  std::uint8_t minor;
  auto operator<=>(const Version&) const = default;
};
template <Version V>
bool is_before(const Version& other) {
  return V < other;
}

// Three-way comparison, written and defaulted; partial for floats.
DOTCOMPUTE_KERNEL void orderings(std::span<const std::int32_t> a, std::span<const float> b,
                                 std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= a.size() || i >= b.size()) return;
  const Version mine{a[i] % 4, static_cast<std::uint8_t>(a[i] >> 8)};
  const Version other{a[a.size() - 1 - i] % 4, 128};
  std::int32_t bits = mine < other;
  bits |=
      (mine >= other) << 1 | (mine == other) << 2 | ((mine <=> other) > 0) << 3 | is_before<Version{1, 77}>(mine) << 4;
  const std::partial_ordering order = b[i] <=> 1.0f;
  bits |= (order < 0) << 5 | (order == std::partial_ordering::unordered) << 6 | std::is_gteq(order) << 7;
  bits |= ((a[i] <=> 7) == 0) << 8 | (std::pair(mine.major, 1) < std::pair(other.major, 2)) << 9;
  out[i] = bits;
}

struct Bounds {
  std::int32_t& low;
  std::int32_t& high;
  void take(std::int32_t value) const {
    if (value < low) low = value;
    if (value > high) high = value;
  }
};
std::pair<std::int32_t, std::int32_t> divided(std::int32_t value, std::int32_t by) { return {value / by, value % by}; }

// References in structs, pairs and tuples; function objects.
DOTCOMPUTE_KERNEL void references(std::span<const std::int32_t> in, std::span<std::int32_t> out,
                                  std::span<std::int32_t> other) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= in.size() || i >= other.size()) return;
  std::int32_t low = 100, high = -100;
  const Bounds bounds{low, high};
  bounds.take(in[i] % 1000);
  bounds.take(static_cast<std::int32_t>(i));
  const auto [quotient, rest] = divided(in[i], 7);
  std::int32_t first = 0, second = 0;
  std::tie(first, second) = divided(in[i], 10);
  std::tuple<std::int32_t, float> both{quotient, 2.5f};
  std::get<0>(both) += 3;
  const auto [smaller, larger] = std::minmax(first, rest);
  const auto sum = std::plus<>{}(low, high) + std::multiplies<std::int32_t>{}(rest, second % 5);
  const Bounds outside{other[i], out[i]};
  outside.take(sum % 1000);
  out[i] = sum + std::get<0>(both) + static_cast<std::int32_t>(std::get<1>(both)) + smaller - larger;
}

}  // namespace suite::classes
