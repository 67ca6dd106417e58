#include <dotcompute/kernel.hpp>

namespace demo {

using namespace dotcompute;

using Tile = SharedArray<float, 256>;

// Called with a shared array, and with a part of it.
float largest(std::span<const float> values) {
  float result = values[0];
  for (const float value : values) result = value > result ? value : result;
  return result;
}

void halve(Tile& tile, std::size_t count) {
  barrier();
  if (local_id() < count) tile[local_id()] += tile[local_id() + count];
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void sum(std::span<const float> x, std::span<float> y) {
  Tile tile;
  tile[local_id()] = global_id() < x.size() ? x[global_id()] : 0.0f;
  for (std::size_t count = local_size() / 2; count > 0; count /= 2) halve(tile, count);
  if (local_id() == 0 && group_id() < y.size()) y[group_id()] = tile[0];
}

DOTCOMPUTE_KERNEL void largest_of_each(std::span<const float> x, std::span<float> y) {
  Tile tile;
  if (local_id() < 256) tile[local_id()] = global_id() < x.size() ? x[global_id()] : 0.0f;
  barrier();
  const std::size_t group = group_id() + group_count() * group_id<1>();
  if (local_id() == 0 && group < y.size()) y[group] = largest(std::span(tile.data(), 256)) + largest(x);
}

// A barrier under a condition, and a return of whole groups before it.
DOTCOMPUTE_KERNEL void turns(std::span<const float> x, std::span<float> y, int count) {
  Tile tile;
  if (group_id() >= y.size()) return;
  for (int turn = 0; turn < count; ++turn) {
    const float& mine = x[global_id() % x.size()];
    if (turn % 2 == 0) {
      if (local_id() < 256) tile[local_id()] = mine;
      barrier();
    }
  }
  if (local_id() == 0) y[group_id()] = tile[0];
}

}  // namespace demo
