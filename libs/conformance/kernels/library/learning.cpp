#include "learning.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <dotcompute/kernel.hpp>

namespace library::learning {

using namespace dotcompute;

inline float squared_distance(const Point& a, const Point& b) {
  const float x = a.x - b.x;
  const float y = a.y - b.y;
  const float z = a.z - b.z;
  return x * x + y * y + z * z;
}

constexpr std::size_t most_centres = 256;

/// Lloyd, Least squares quantization in PCM, 1982.
DOTCOMPUTE_KERNEL void k_means_assign(std::span<const Point> points, std::span<const Point> centres,
                                      std::span<std::uint32_t> nearest) {
  const std::size_t i = global_id();
  if (i >= std::min(points.size(), nearest.size())) return;
  const std::size_t count = std::min(centres.size(), most_centres);
  float least = std::numeric_limits<float>::infinity();
  std::uint32_t best = 0;
  for (std::size_t c = 0; c < count; ++c) {
    const float distance = squared_distance(points[i], centres[c]);
    if (distance < least) {
      least = distance;
      best = static_cast<std::uint32_t>(c);
    }
  }
  nearest[i] = best;
}

struct Sum {
  double x;
  double y;
  double z;
  std::uint32_t count;
  void operator+=(const Sum& other) {
    x += other.x;
    y += other.y;
    z += other.z;
    count += other.count;
  }
};

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(128) void k_means_move(std::span<const Point> points,
                                                          std::span<const std::uint32_t> nearest,
                                                          std::span<Point> centres) {
  constexpr std::size_t items = 128;
  SharedArray<Sum, items> sums;
  const std::size_t centre = group_id();
  const std::size_t i = local_id();
  if (centre >= std::min(centres.size(), most_centres)) return;
  Sum sum{};
  for (std::size_t p = i; p < std::min(points.size(), nearest.size()); p += items) {
    if (nearest[p] == centre) sum += Sum{points[p].x, points[p].y, points[p].z, 1};
  }
  sums[i] = sum;
  for (std::size_t half = items / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) sums[i] += sums[i + half];
  }
  if (i != 0 || sums[0].count == 0) return;
  const double count = sums[0].count;
  centres[centre] = {static_cast<float>(sums[0].x / count), static_cast<float>(sums[0].y / count),
                     static_cast<float>(sums[0].z / count)};
}

struct Neighbour {
  float distance;
  std::uint32_t point;
};

/// Garcia, Debreuve and Barlaud, Fast k Nearest Neighbor Search using GPU, 2008: every distance, and an insertion into
/// the sorted list of the nearest; the points come through shared memory.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(64) void nearest_neighbours(std::span<const Point> points,
                                                               std::span<const Point> queries,
                                                               std::span<std::uint32_t> neighbours) {
  constexpr std::size_t items = 64;
  SharedArray<Point, items> tile;
  const std::size_t count = std::min(points.size(), most_neighbour_points);
  const std::size_t query_count = std::min(queries.size(), most_neighbour_points);
  if (group_id() * items >= query_count) return;
  const std::size_t i = global_id();
  const Point query = i < query_count ? queries[i] : Point{};
  Neighbour nearest[neighbour_count];
  for (Neighbour& each : nearest) each = {std::numeric_limits<float>::infinity(), ~0u};
  for (std::size_t first = 0; first < count; first += items) {
    if (first + local_id() < count) tile[local_id()] = points[first + local_id()];
    barrier();
    for (std::size_t k = 0; k < std::min(items, count - first); ++k) {
      const Neighbour candidate{squared_distance(query, tile[k]), static_cast<std::uint32_t>(first + k)};
      if (!(candidate.distance < nearest[neighbour_count - 1].distance)) continue;
      std::size_t place = neighbour_count - 1;
      for (; place > 0 && candidate.distance < nearest[place - 1].distance; --place)
        nearest[place] = nearest[place - 1];
      nearest[place] = candidate;
    }
    barrier();
  }
  for (std::size_t k = 0; k < neighbour_count; ++k) {
    const std::size_t to = i * neighbour_count + k;
    if (i < query_count && to < neighbours.size()) neighbours[to] = nearest[k].point;
  }
}

constexpr std::size_t row_items = 128;

/// Combines a value of each item of the group by a tree; every item gets the result.
template <class Combine>
float reduce(SharedArray<float, row_items>& values, float mine, Combine combine) {
  const std::size_t i = local_id();
  barrier();
  values[i] = mine;
  for (std::size_t half = row_items / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) values[i] = combine(values[i], values[i + half]);
  }
  barrier();
  return values[0];
}
struct Add {
  float operator()(float a, float b) const { return a + b; }
};
struct Largest {
  float operator()(float a, float b) const { return std::max(a, b); }
};

/// With the largest number taken away first, as in Goodfellow, Bengio and Courville, Deep Learning, section 4.1.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(128) void softmax(std::span<const float> in, std::uint32_t columns,
                                                     std::span<float> out) {
  SharedArray<float, row_items> values;
  if (columns == 0 || group_id() >= std::min(in.size(), out.size()) / columns) return;
  const auto row = in.subspan(group_id() * columns, columns);
  const auto result = out.subspan(group_id() * columns, columns);
  float largest = -std::numeric_limits<float>::infinity();
  for (std::size_t c = local_id(); c < columns; c += row_items) largest = std::max(largest, row[c]);
  largest = reduce(values, largest, Largest{});
  float sum = 0;
  for (std::size_t c = local_id(); c < columns; c += row_items) sum += std::exp(row[c] - largest);
  sum = reduce(values, sum, Add{});
  for (std::size_t c = local_id(); c < columns; c += row_items) result[c] = std::exp(row[c] - largest) / sum;
}

/// Ba, Kiros and Hinton, Layer Normalization, 2016.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(128) void layer_norm(std::span<const float> in, std::span<const float> scale,
                                                        std::span<const float> shift, float epsilon,
                                                        std::span<float> out) {
  SharedArray<float, row_items> values;
  const std::size_t columns = std::min(scale.size(), shift.size());
  if (columns == 0 || group_id() >= std::min(in.size(), out.size()) / columns) return;
  const auto row = in.subspan(group_id() * columns, columns);
  const auto result = out.subspan(group_id() * columns, columns);
  const auto count = static_cast<float>(columns);
  float sum = 0;
  for (std::size_t c = local_id(); c < columns; c += row_items) sum += row[c];
  const float mean = reduce(values, sum, Add{}) / count;
  float squares = 0;
  for (std::size_t c = local_id(); c < columns; c += row_items) squares += (row[c] - mean) * (row[c] - mean);
  const float deviation = std::sqrt(reduce(values, squares, Add{}) / count + epsilon);
  for (std::size_t c = local_id(); c < columns; c += row_items) {
    result[c] = (row[c] - mean) / deviation * scale[c] + shift[c];
  }
}

/// Dao et al., FlashAttention, 2022, algorithm 1, with an item for each query: keys and values come in tiles, and what
/// was summed is rescaled when a larger score is met.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(32) void attention(std::span<const float> q, std::span<const float> k,
                                                      std::span<const float> v, std::span<float> out) {
  constexpr std::size_t items = 32;
  constexpr float score_scale = 0.17677669529663689f;  // 1 / sqrt(32)
  SharedArray<float, items * head_size> keys;
  SharedArray<float, items * head_size> values;
  const std::size_t count = std::min(std::min(k.size(), v.size()) / head_size, most_attended);
  const std::size_t queries = std::min(std::min(q.size(), out.size()) / head_size, most_attended);
  if (group_id() * items >= queries) return;
  const std::size_t i = global_id();
  std::array<float, head_size> query{};
  std::array<float, head_size> sum{};
  for (std::size_t d = 0; d < head_size && i < queries; ++d) query[d] = q[i * head_size + d];
  float largest = -std::numeric_limits<float>::infinity();
  float weights = 0;
  for (std::size_t first = 0; first < count; first += items) {
    const std::size_t size = std::min(items, count - first);
    for (std::size_t e = local_id(); e < size * head_size; e += items) {
      keys[e] = k[first * head_size + e];
      values[e] = v[first * head_size + e];
    }
    barrier();
    for (std::size_t key = 0; key < size; ++key) {
      float score = 0;
      for (std::size_t d = 0; d < head_size; ++d) score += query[d] * keys[key * head_size + d];
      score *= score_scale;
      const float next = std::max(largest, score);
      const float kept = std::exp(largest - next);
      const float weight = std::exp(score - next);
      for (std::size_t d = 0; d < head_size; ++d) sum[d] = sum[d] * kept + weight * values[key * head_size + d];
      weights = weights * kept + weight;
      largest = next;
    }
    barrier();
  }
  if (i >= queries) return;
  for (std::size_t d = 0; d < head_size; ++d) out[i * head_size + d] = sum[d] / weights;
}

/// Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, 2018,
/// section 2.2: sums of 32 bits over tiles of 8, scaled at the end.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void multiply_int8(Quantisation quantisation, std::span<const std::int8_t> a,
                                                              std::span<const std::int8_t> b, std::uint32_t inner,
                                                              std::span<std::int8_t> c) {
  constexpr std::size_t tile = 16;
  SharedArray<std::int8_t, tile * tile> tile_a;
  SharedArray<std::int8_t, tile * tile> tile_b;
  if (inner == 0) return;
  const std::size_t rows = a.size() / inner;
  const std::size_t columns = b.size() / inner;
  if (group_id<1>() * tile >= rows || group_id<0>() * tile >= columns) return;
  const std::size_t row = global_id<1>();
  const std::size_t column = global_id<0>();
  const std::size_t y = local_id<1>();
  const std::size_t x = local_id<0>();
  std::int32_t sum = 0;
  for (std::size_t first = 0; first < inner; first += tile) {
    if (row < rows && first + x < inner) tile_a[y * tile + x] = a[row * inner + first + x];
    if (first + y < inner && column < columns) tile_b[y * tile + x] = b[(first + y) * columns + column];
    barrier();
    for (std::size_t k = 0; k < std::min(tile, inner - first); ++k) {
      sum += (tile_a[y * tile + k] - quantisation.zero_a) * (tile_b[k * tile + x] - quantisation.zero_b);
    }
    barrier();
  }
  const std::size_t to = row * columns + column;
  if (row >= rows || column >= columns || to >= c.size()) return;
  const float scaled =
      std::nearbyint(static_cast<float>(sum) * quantisation.scale) + static_cast<float>(quantisation.zero_result);
  c[to] = static_cast<std::int8_t>(std::fmin(std::fmax(scaled, -128.0f), 127.0f));
}

}  // namespace library::learning
