#include "faulty_kernels.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include <dotcompute/kernel.hpp>

using namespace dotcompute;

namespace faulty {

DOTCOMPUTE_KERNEL void assertion(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  assert(x[i] > 0);
  y[i] = x[i];
}

DOTCOMPUTE_KERNEL void read(std::span<const float> x, std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = x[i == bad ? x.size() + 2 : i] + 1;
}

DOTCOMPUTE_KERNEL void write(std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i == bad ? i - bad - 1 : i] = 2;
}

DOTCOMPUTE_KERNEL void update(std::span<std::int32_t> y, std::int32_t by, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  y[i == bad ? y.size() : i] += by;
  ++y[i];
}

DOTCOMPUTE_KERNEL void back(std::span<const float> x, std::span<float> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = x.back();
}

DOTCOMPUTE_KERNEL void part(std::span<const float> x, std::span<float> y, std::uint64_t offset, std::uint64_t count) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  const std::span<const float> inner = x.subspan(offset, count);
  y[i] = static_cast<float>(inner.size());
}

DOTCOMPUTE_KERNEL void local_array(std::span<std::int32_t> y, std::int32_t index) {
  std::int32_t table[4] = {1, 2, 3, 4};
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  table[index] = 7;
  y[i] = table[index];
}

DOTCOMPUTE_KERNEL void standard_array(std::span<std::int32_t> y, std::int32_t index) {
  const std::array<std::int32_t, 3> table = {5, 6, 7};
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = table[static_cast<std::size_t>(index)];
}

DOTCOMPUTE_KERNEL void member_array(std::span<Pair> y, std::uint64_t at, std::int32_t index) {
  const std::size_t i = global_id();
  if (i == 0) y[at].parts[index] = 9;
}

namespace {

void add_one(float& value) { value += 1; }
float& element(std::span<float> y, std::size_t i) { return y[i]; }

}  // namespace

DOTCOMPUTE_KERNEL void reference_argument(std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i < y.size()) add_one(y[i == bad ? i + y.size() : i]);
}

DOTCOMPUTE_KERNEL void reference_variable(std::span<Pair> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  Pair& pair = y[i == bad ? i + y.size() : i];
  pair.first = 3;
  pair.parts[1] += 4;
}

DOTCOMPUTE_KERNEL void reference_result(std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  element(y, i == bad ? i + y.size() : i) = std::max(y[i], 8.0f);
}

DOTCOMPUTE_KERNEL void shift(std::span<std::uint32_t> y, std::int32_t count) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = y[i] << count;
}

DOTCOMPUTE_KERNEL void divide(std::span<std::int32_t> y, std::int32_t by) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = y[i] / by;
}

DOTCOMPUTE_KERNEL void divide_update(std::span<std::uint32_t> y, std::uint32_t by) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] /= by;
}

DOTCOMPUTE_KERNEL void remainder(std::span<std::int64_t> y, std::int64_t by) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] %= by;
}

DOTCOMPUTE_KERNEL void convert(std::span<const float> x, std::span<std::int32_t> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = static_cast<std::int32_t>(x[i]);
}

DOTCOMPUTE_KERNEL void convert_narrow(std::span<std::uint8_t> y, float by) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = static_cast<std::uint8_t>(static_cast<float>(y[i]) * by);
}

DOTCOMPUTE_KERNEL void plane(std::span<float> y, std::uint32_t width) {
  const std::size_t i = global_id<1>() * width + global_id<0>();
  y[i] = 1;
}

DOTCOMPUTE_KERNEL void view(std::span<float> y, std::uint32_t columns) {
  const matrix_view<float> plane(y, y.size() / columns, columns);
  plane(global_id<1>(), global_id<0>()) = 4;
}

DOTCOMPUTE_KERNEL void lambda(std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  const auto at = [&](std::size_t offset) { return y[i + offset]; };
  y[i] = at(i == bad ? y.size() : 0) + 1;
}

DOTCOMPUTE_KERNEL void shared(std::span<const std::uint32_t> x, std::span<std::uint32_t> y) {
  SharedArray<std::uint32_t, 8> bins;
  if (local_id() < bins.size()) bins[local_id()] = 0;
  barrier();
  if (global_id() < x.size()) atomic_add(bins[x[global_id()]], 1u);
  barrier();
  if (local_id() < bins.size() && group_id() == 0) y[local_id()] = bins[local_id()];
}

DOTCOMPUTE_KERNEL void several(std::span<const float> x, std::span<float> y) {
  const std::size_t i = global_id();
  y[i] = x[i + 1];
}

DOTCOMPUTE_KERNEL void everywhere(std::span<std::uint64_t> y) {
  const std::uint64_t i = global_id();
  y[(i << 32) + y.size()] = i;
}

DOTCOMPUTE_KERNEL void in_condition(std::span<const std::uint32_t> next, std::span<std::uint32_t> y) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  std::uint32_t steps = 0;
  for (std::uint32_t at = static_cast<std::uint32_t>(i); next[at] != at && steps < 10; at = next[at]) ++steps;
  y[i] = steps;
}

namespace {

float twice(std::span<const float> x, std::size_t i) { return 2 * x[i]; }

template <class F>
std::int32_t sum_of_two(F f) {
  return f(0) + f(1);
}

std::int32_t limit_of(std::span<const std::int32_t> x, std::size_t i) { return x[i]; }

}  // namespace

DOTCOMPUTE_KERNEL void captured_reference(std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  float& element = y[i == bad ? i + (std::size_t{1} << 40) : i];
  const auto add = [&](float value) { element += value; };
  add(2);
  add(element);
}

DOTCOMPUTE_KERNEL void swapped_pointers(std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (2 * i + 1 >= y.size()) return;
  float* from = &y[2 * i];
  float* to = &y[i == bad ? std::size_t{1} << 40 : 2 * i + 1];
  std::swap(from, to);
  *to = *from + 4;
}

DOTCOMPUTE_KERNEL void aligned(Wide by, std::span<float> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = by.values[i];
}

DOTCOMPUTE_KERNEL void in_helper(std::span<const float> x, std::span<float> y, std::uint64_t bad) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = twice(x, i == bad ? x.size() + 1 : i);
}

DOTCOMPUTE_KERNEL void in_lambda_of_helper(std::span<const std::int32_t> x, std::span<std::int32_t> y,
                                           std::int32_t by) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = sum_of_two([&](std::int32_t k) { return x[i] / (by + k); });
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(32) void around_barriers(std::span<const std::int32_t> x, std::span<std::int32_t> y,
                                                            std::uint64_t before, std::uint64_t between,
                                                            std::uint64_t after) {
  SharedArray<std::int32_t, 32> tile;
  const std::size_t i = global_id();
  tile[local_id()] = 0;
  tile[i == before ? 32 + local_id() : local_id()] = i < x.size() ? x[i] : 0;
  barrier();
  const std::int32_t next = tile[i == between ? 100 : (local_id() + 1) % 32];
  barrier();
  tile[local_id()] = next;
  barrier();
  if (i < y.size()) y[i == after ? i + y.size() : i] = tile[(local_id() + 31) % 32] + 1;
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(32) void in_uniform_condition(std::span<const std::int32_t> x,
                                                                 std::span<std::int32_t> y, std::uint64_t limit) {
  SharedArray<std::int32_t, 32> tile;
  tile[local_id()] = 1;
  barrier();
  for (std::int32_t k = 0; k < limit_of(x, limit) && x[group_id()] > 0; ++k) {
    const std::int32_t other = tile[31 - local_id()];
    barrier();
    tile[local_id()] += other;
    barrier();
  }
  if (global_id() < y.size()) y[global_id()] = tile[local_id()];
}

DOTCOMPUTE_KERNEL void guarded(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::int32_t offset) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  const std::size_t at = i + static_cast<std::size_t>(offset);
  y[i] = at < x.size() && x[at] > 0 ? x[at] : -1;
  y[i] += offset == 0 || 12 / offset > 1 ? 10 : 20;
}

DOTCOMPUTE_KERNEL void guarded_too_late(std::span<const std::int32_t> x, std::span<std::int32_t> y,
                                        std::int32_t offset) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  const std::size_t at = i + static_cast<std::size_t>(offset);
  y[i] = x[at] > 0 && at < x.size() ? 1 : -1;
}

DOTCOMPUTE_KERNEL void in_chosen_arm(std::span<const std::int32_t> x, std::span<std::int32_t> y, std::int32_t shift) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  y[i] = x[i] < 5 ? x[i] : x[i] >> shift;
}

DOTCOMPUTE_KERNEL void in_switch(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  const std::size_t i = global_id();
  if (i >= y.size()) return;
  switch (x[static_cast<std::size_t>(x[i])]) {
    case 0: y[i] = 5; break;
    case 2: y[i] = 10 % x[i]; break;
    default: y[i] = -1; break;
  }
}

DOTCOMPUTE_KERNEL void boxed_array(std::span<Box> y, std::uint64_t at, std::int32_t index) {
  const std::size_t i = global_id();
  if (i != 0) return;
  Box box = y[at];
  box.parts[static_cast<std::size_t>(index)] += 9;
  y[at] = box;
  y[at].parts[static_cast<std::size_t>(index)] += 100;
}

DOTCOMPUTE_KERNEL void volume(std::span<float> y, std::uint32_t rows, std::uint32_t columns) {
  const volume_view<float> all(y, global_size<2>(), rows, columns);
  all(global_id<2>(), global_id<1>(), global_id<0>()) += 4;
}

DOTCOMPUTE_KERNEL void count(std::span<const std::uint32_t> x, std::span<std::uint32_t> counts,
                             std::span<std::uint32_t> before) {
  const std::size_t i = global_id();
  if (i < x.size()) before[i] = atomic_add(counts[x[i]], 3u) + 1;
}

}  // namespace faulty
