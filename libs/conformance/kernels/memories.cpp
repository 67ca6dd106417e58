// Pointers, references and spans into the kernel's memory, into locals and into constant tables, side by side through
// the same helpers. C++ does not tell them apart; OpenCL C and Metal do.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <dotcompute/kernel.hpp>

namespace suite::memories {

using dotcompute::global_id;

constexpr std::int32_t odds[8] = {1, 3, 5, 7, 9, 11, 13, 15};
constexpr std::array<std::int32_t, 4> evens{2, 4, 6, 8};

// A local and an element as the two references of one call.
DOTCOMPUTE_KERNEL void extremes(std::span<const std::int32_t> in, std::int32_t bound, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t local[3] = {bound, 5, -7};
  std::int32_t sum = std::max(bound, in[i]) ^ std::min(in[i], 1000);
  sum += std::clamp(in[i], local[2], 100'000) ^ std::clamp(bound, in[i], std::max(in[i], local[1]));
  sum ^= std::max(std::max(in[i], local[0]), std::min(evens[i % 4], out[i]));
  sum += std::min(odds[i % 8], std::max(local[i % 3], in[i] % 16));
  const std::int32_t least = std::min(std::min(in[i], out[i]), odds[3]);
  out[i] = std::max(out[i], sum / 2) + least;
}

template <class T>
const T& larger(const T& left, const T& right) {
  return left < right ? right : left;
}
template <class T>
T half_of_larger(const T& left, const T& right) {
  const T& chosen = larger(left, right);
  return chosen / T(2);
}
std::int32_t& clear_if_odd(std::int32_t& value) {
  if (value % 2 != 0) value = 0;
  return value;
}
void order(std::int32_t& low, std::int32_t& high) {
  if (high < low) std::swap(low, high);
}

DOTCOMPUTE_KERNEL void references(std::span<const float> in, std::span<std::int32_t> keys, std::span<float> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  float best = 0.5f;
  for (std::size_t k = 0; k < 3; ++k) best = larger(best, in[(i + k) % in.size()]);
  float halves = half_of_larger(best, in[i]) + half_of_larger(in[i], 3.0f) + half_of_larger(out[i], in[i]);
  std::int32_t mine = 21;
  order(mine, keys[i]);
  std::int32_t other = 4;
  order(other, mine);
  clear_if_odd(keys[i]) += 3;
  clear_if_odd(mine) += clear_if_odd(other);
  std::swap(mine, keys[i]);
  out[i] = (best > 1.0f ? in[i] : best) + halves + static_cast<float>(mine % 100) + static_cast<float>(other);
}

std::int32_t sum(const std::int32_t* values, std::size_t count) {
  std::int32_t result = 0;
  for (const std::int32_t* end = values + count; values != end; ++values) result += *values;
  return result;
}
std::int32_t sum_of(std::span<const std::int32_t> values) { return sum(values.data(), values.size()); }
std::int32_t dot(std::span<const std::int32_t> left, std::span<const std::int32_t> right) {
  std::int32_t result = 0;
  for (std::size_t k = 0; k < std::min(left.size(), right.size()); ++k) result += left[k] * right[k];
  return result;
}
std::int32_t last_of(const std::array<std::int32_t, 4>& values) { return values.back() + values[1]; }
template <class T>
T* skip(T* from, std::size_t count) {
  return count == 0 ? from : from + count;
}

// The same helper over each of the three memories, and over two at once.
DOTCOMPUTE_KERNEL void helpers(std::span<const std::int32_t> in, std::span<const std::array<std::int32_t, 4>> rows,
                               std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t local[4] = {in[i], 2, 3, 4};
  const std::size_t count = std::min<std::size_t>(4, in.size() - i);
  std::int32_t result = sum(&in[i], count) + sum(local, 4) + sum(odds, 8) + sum(&out[i], 1);
  result += sum_of(in.subspan(i, count)) ^ sum_of(local) ^ sum_of(odds) ^ sum_of(evens);
  result += dot(in.subspan(i, count), local) + dot(local, odds) + dot(odds, in.first(count));
  const std::array<std::int32_t, 4> copy = rows[i];
  result ^= last_of(rows[i]) + last_of(copy) + last_of(evens);
  result += *skip(&in[i], count - 1) + *skip(local, 2) + *skip(odds, 5);
  *skip(&out[i], 0) = result;
}

struct Point {
  std::int32_t x, y;
  std::int32_t cross(const Point& other) const { return x * other.y - y * other.x; }
  std::int32_t& operator[](int k) { return k == 0 ? x : y; }
  Point& operator+=(const Point& other) {
    x += other.x;
    y += other.y;
    return *this;
  }
};
constexpr Point corners[3] = {{1, 2}, {3, -4}, {-5, 6}};

DOTCOMPUTE_KERNEL void members(std::span<Point> points, std::span<const Point> others, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  Point local = others[i];
  std::int32_t result = points[i].cross(local) + local.cross(points[i]) + corners[i % 3].cross(others[i]);
  result ^= others[i].cross(corners[(i + 1) % 3]) + local.cross(corners[0]) + corners[1].cross(corners[2]);
  points[i][1] += 3;
  local[0] -= points[i][0];
  points[i] += local;
  local += points[i];
  (local += corners[i % 3]) += others[i];
  std::int32_t& inner = points[i].y;
  inner ^= local.x;
  const Point& entry = corners[(i + 2) % 3];
  for (const Point& corner : corners) result += corner.x * entry.y;
  out[i] = result + inner + local.y;
}

// Spans and pointers as members, each with a memory of its own.
struct Window {
  std::span<const std::int32_t> values;
  std::size_t at = 0;
  explicit Window(std::span<const std::int32_t> all) : values(all) {}
  std::int32_t next() { return at < values.size() ? values[at++] : -1; }
};
struct Pair {
  const std::int32_t* first;
  std::int32_t* second;
};
Pair pair_of(const std::int32_t* first, std::int32_t* second) { return {first, second}; }
void advance(const std::int32_t*& pointer, std::int32_t by) { pointer += by; }
std::int32_t take(std::span<const std::int32_t>& rest) {
  if (rest.empty()) return 0;
  const std::int32_t value = rest.front();
  rest = rest.subspan(1);
  return value;
}

DOTCOMPUTE_KERNEL void views(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  std::int32_t local[4] = {in[i], 7, 8, 9};
  Window of_kernel(in.subspan(i));
  Window of_local{std::span<const std::int32_t>(local, 4)};
  Window of_table{odds};
  std::int32_t result = 0;
  for (int k = 0; k < 5; ++k) result = result * 3 + (of_kernel.next() ^ of_local.next()) + of_table.next();
  Pair here = pair_of(&in[i], local);
  Pair there = pair_of(local + 1, &out[i]);
  *here.second += *there.first;
  *there.second = *here.first;
  std::swap(*here.second, *there.second);
  const std::int32_t* walker = local;
  advance(walker, 2);
  const std::int32_t* table = odds;
  advance(table, static_cast<std::int32_t>(i % 6));
  std::span<const std::int32_t> rest = in.first(i + 1);
  std::span<const std::int32_t> own = local;
  result ^= take(rest) + take(own) * 2 + take(own) + static_cast<std::int32_t>(rest.size() * 10 + own.size());
  const std::int32_t** through = &walker;
  Pair* chosen = &here;
  out[i] = result + *walker + *table + **through + *chosen->first + (through != nullptr ? 1 : 0);
}

// Functions of the library that write through a pointer, and values chosen from two memories.
DOTCOMPUTE_KERNEL void results(std::span<const float> in, std::span<float> whole, std::span<std::int32_t> exponent,
                               std::span<float> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const float value = std::fabs(in[i]) < 1e30f ? in[i] : 1.5f;
  float part = 0.0f;
  int power = 0;
  const float a = std::modf(value, &whole[i]) + std::modf(value, &part);
  const float b = std::frexp(value, &exponent[i]) + std::frexp(value, &power);
  const std::int32_t own = exponent[i] + power;
  const std::int32_t chosen = i % 3 == 0 ? own : i % 3 == 1 ? exponent[i] : odds[i % 8];
  out[i] = a + b + part + static_cast<float>(chosen);
}

}  // namespace suite::memories
