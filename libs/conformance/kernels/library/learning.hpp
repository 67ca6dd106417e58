#pragma once

/// Learning: clusters, neighbours and the parts of neural networks.

#include <cstddef>
#include <cstdint>
#include <span>

namespace library::learning {

struct Point {
  float x;
  float y;
  float z;
};

/// The nearest of at most 256 centres for each point, the first of equally near ones.
void k_means_assign(std::span<const Point> points, std::span<const Point> centres, std::span<std::uint32_t> nearest);

/// The mean of each centre's points; a centre without points stays. A group for each of at most 256 centres.
void k_means_move(std::span<const Point> points, std::span<const std::uint32_t> nearest, std::span<Point> centres);

inline constexpr std::size_t neighbour_count = 8;
inline constexpr std::size_t most_neighbour_points = 4096;

/// For each query the numbers of the eight nearest points, nearest first, 0xFFFFFFFF where there are fewer; for at most
/// 4096 points and queries.
void nearest_neighbours(std::span<const Point> points, std::span<const Point> queries,
                        std::span<std::uint32_t> neighbours);

/// The softmax of each row: a group for each.
void softmax(std::span<const float> in, std::uint32_t columns, std::span<float> out);

/// Each row with mean 0 and variance 1, then times `scale` and plus `shift`: a group for each.
void layer_norm(std::span<const float> in, std::span<const float> scale, std::span<const float> shift, float epsilon,
                std::span<float> out);

inline constexpr std::size_t head_size = 32;
inline constexpr std::size_t most_attended = 1024;

/// softmax(q k^T / sqrt(32)) v for rows of 32 numbers, for at most 1024 queries and keys.
void attention(std::span<const float> q, std::span<const float> k, std::span<const float> v, std::span<float> out);

/// How the numbers of a product of quantised matrices are scaled: real = scale * (integer - zero).
struct Quantisation {
  std::int32_t zero_a;
  std::int32_t zero_b;
  float scale;  ///< Of a times that of b, by that of the result.
  std::int32_t zero_result;
};

/// The product of two matrices of 8-bit integers, requantised to 8 bits. The rows of `a` have `inner` elements.
void multiply_int8(Quantisation quantisation, std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                   std::uint32_t inner, std::span<std::int8_t> c);

}  // namespace library::learning
