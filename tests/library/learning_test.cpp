// Clusters, neighbours and the parts of networks, against loops over everything in double.

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "devices.hpp"
#include "learning.hpp"

namespace library::learning {

namespace {

class Learning : public OnDevice {
 protected:
  std::vector<Point> random_points(std::size_t count) {
    std::vector<Point> points(count);
    for (Point& each : points) {
      const auto numbers = random_numbers<float>(3, -1, 1);
      each = {numbers[0], numbers[1], numbers[2]};
    }
    return points;
  }
};

double squared_distance(const std::array<double, 3>& a, const Point& b) {
  return std::pow(a[0] - b.x, 2) + std::pow(a[1] - b.y, 2) + std::pow(a[2] - b.z, 2);
}
std::array<double, 3> exactly(const Point& point) { return {point.x, point.y, point.z}; }

// Points around centres that are far from each other, so that no rounding decides to which one a point belongs.
TEST_P(Learning, FindsClusters) {
  for (const std::size_t n : {0u, 1u, 40u, 5000u}) {
    constexpr std::size_t count = 5;
    std::vector<Point> points = random_points(n);
    for (std::size_t i = 0; i < n; ++i) points[i].x += 10 * static_cast<float>(i % count), points[i].y += 20;
    std::vector<Point> centres(count);
    for (std::size_t c = 0; c < count; ++c) centres[c] = {10 * static_cast<float>(c) + 3, 15, 0};
    std::vector<std::array<double, 3>> expected_centres(count);
    std::transform(centres.begin(), centres.end(), expected_centres.begin(), exactly);
    std::vector<std::uint32_t> expected(n);
    std::vector<std::uint32_t> nearest(n);
    for (int step = 0; step < 4; ++step) {
      device().over(n).run(k_means_assign, points, centres, nearest);
      device().over(count * 128).run(k_means_move, points, nearest, centres);
      std::vector<std::array<double, 4>> sums(count);
      for (std::size_t i = 0; i < n; ++i) {
        const auto is_nearer = [&](const auto& a, const auto& b) {
          return squared_distance(a, points[i]) < squared_distance(b, points[i]);
        };
        const auto best = std::min_element(expected_centres.begin(), expected_centres.end(), is_nearer);
        expected[i] = static_cast<std::uint32_t>(best - expected_centres.begin());
        const auto point = exactly(points[i]);
        for (std::size_t k = 0; k < 3; ++k) sums[expected[i]][k] += point[k];
        ++sums[expected[i]][3];
      }
      for (std::size_t c = 0; c < count; ++c) {
        for (std::size_t k = 0; k < 3 && sums[c][3] != 0; ++k) expected_centres[c][k] = sums[c][k] / sums[c][3];
      }
    }
    expect_equal(nearest, expected);
    // Added in double, and rounded once.
    for (std::size_t c = 0; c < count; ++c) EXPECT_LE(squared_distance(expected_centres[c], centres[c]), 1e-10);
  }
}

TEST_P(Learning, FindsNeighbours) {
  for (const std::size_t n : {0u, 1u, 7u, 64u, 1000u}) {
    const auto points = random_points(n);
    const auto queries = random_points(n / 2 + 1);
    std::vector<std::uint32_t> neighbours(queries.size() * neighbour_count);
    device().over(queries.size()).run(nearest_neighbours, points, queries, neighbours);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      std::vector<double> distances(n);
      for (std::size_t p = 0; p < n; ++p) distances[p] = squared_distance(exactly(queries[q]), points[p]);
      std::vector<double> sorted = distances;
      std::sort(sorted.begin(), sorted.end());
      std::vector<std::uint32_t> seen;
      for (std::size_t k = 0; k < neighbour_count; ++k) {
        const std::uint32_t found = neighbours[q * neighbour_count + k];
        if (k >= n) {
          ASSERT_EQ(found, ~0u);
          continue;
        }
        ASSERT_LT(found, n);
        // Two points may change places if their distances, up to 12, are a few roundings apart.
        ASSERT_NEAR(distances[found], sorted[k], 12 * 8 * float_epsilon) << "neighbour " << k << " of " << q;
        ASSERT_EQ(std::count(seen.begin(), seen.end(), found), 0) << "twice";
        seen.push_back(found);
      }
    }
  }
}

constexpr std::array<std::array<std::uint32_t, 2>, 6> shapes{{{1, 1}, {0, 5}, {3, 2}, {7, 128}, {5, 1000}, {200, 33}}};

TEST_P(Learning, TakesSoftmax) {
  for (const auto& [rows, columns] : shapes) {
    const auto in = random_numbers<float>(std::size_t{rows} * columns, -20, 20);
    std::vector<double> expected(in.size());
    std::vector<double> limits(in.size());
    for (std::size_t row = 0; row < rows; ++row) {
      double sum = 0;
      for (std::size_t c = 0; c < columns; ++c) sum += std::exp(double{in[row * columns + c]});
      for (std::size_t c = 0; c < columns; ++c) {
        double& each = expected[row * columns + c];
        each = std::exp(double{in[row * columns + c]}) / sum;
        // An exponent of up to 40 is rounded, exp is 4 ulp off, up to 15 numbers are added in a row.
        limits[row * columns + c] = each * (40 + 2 * 8 + 15 + 2) * float_epsilon;
      }
    }
    std::vector<float> out(in.size());
    device().over(std::size_t{rows} * 128).run(softmax, in, columns, out);
    expect_near(out, expected, limits);
  }
}

// With a shift that a float cannot hold the exponential of.
TEST_P(Learning, TakesSoftmaxOfLargeNumbers) {
  const std::vector<float> in{1000, 1000, 999, -1000};
  std::vector<float> out(4);
  device().over(128).run(softmax, in, 4u, out);
  const double sum = 2 + std::exp(-1.0);
  expect_near(out, std::vector<double>{1 / sum, 1 / sum, std::exp(-1.0) / sum, 0}, 1e-6);
}

TEST_P(Learning, NormalisesLayers) {
  for (const auto& [rows, columns] : shapes) {
    const auto in = random_numbers<float>(std::size_t{rows} * columns, -3, 5);
    const auto scale = random_numbers<float>(columns, 0.5f, 2);
    const auto shift = random_numbers<float>(columns, -1, 1);
    std::vector<double> expected(in.size());
    for (std::size_t row = 0; row < rows; ++row) {
      const auto begin = in.begin() + static_cast<std::ptrdiff_t>(row * columns);
      const double mean = std::accumulate(begin, begin + columns, 0.0) / columns;
      double squares = 0;
      for (std::size_t c = 0; c < columns; ++c) squares += std::pow(double{in[row * columns + c]} - mean, 2);
      for (std::size_t c = 0; c < columns; ++c) {
        const double normal = (in[row * columns + c] - mean) / std::sqrt(squares / columns + 1e-2f);
        expected[row * columns + c] = normal * scale[c] + shift[c];
      }
    }
    std::vector<float> out(in.size());
    device().over(std::size_t{rows} * 128).run(layer_norm, in, scale, shift, 1e-2f, out);
    // The mean is 15 roundings of 5 off, and a deviation is 0.1 at least, by epsilon.
    expect_near(out, expected, 2 * (15 + 4) * 8 / 0.1 * float_epsilon);
  }
}

TEST_P(Learning, Attends) {
  for (const auto& [queries, keys] : {std::pair{1u, 1u}, {0u, 3u}, {33u, 31u}, {64u, 32u}, {100u, 300u}}) {
    const auto q = random_numbers<float>(std::size_t{queries} * head_size, -2, 2);
    const auto k = random_numbers<float>(std::size_t{keys} * head_size, -2, 2);
    const auto v = random_numbers<float>(std::size_t{keys} * head_size, -1, 1);
    std::vector<double> expected(q.size());
    for (std::size_t i = 0; i < queries; ++i) {
      std::vector<double> weights(keys);
      double sum = 0;
      for (std::size_t key = 0; key < keys; ++key) {
        double score = 0;
        for (std::size_t d = 0; d < head_size; ++d) score += double{q[i * head_size + d]} * k[key * head_size + d];
        weights[key] = std::exp(score / std::sqrt(static_cast<double>(head_size)));
        sum += weights[key];
      }
      for (std::size_t key = 0; key < keys; ++key) {
        for (std::size_t d = 0; d < head_size; ++d) {
          expected[i * head_size + d] += weights[key] / sum * v[key * head_size + d];
        }
      }
    }
    std::vector<float> out(q.size());
    device().over(queries).run(attention, q, k, v, out);
    // A score of up to 23 is a sum of 32 products with 33 roundings; 300 weights are added one by one, twice.
    expect_near(out, expected, (23 * 33 + 2 * 300 + 100) * float_epsilon);
  }
}

TEST_P(Learning, MultipliesQuantisedMatrices) {
  constexpr std::array<std::array<std::uint32_t, 3>, 6> matrices{
      {{1, 1, 1}, {0, 3, 5}, {3, 5, 7}, {16, 16, 16}, {33, 100, 17}, {5, 1000, 64}}};
  // A power of two, so that scaling is exact and the rounding of halves to even is seen.
  const Quantisation quantisation{.zero_a = 3, .zero_b = -5, .scale = 0x1p-9f, .zero_result = 7};
  for (const auto& [rows, inner, columns] : matrices) {
    const auto a = random_numbers<std::int8_t>(std::size_t{rows} * inner, -128, 127);
    const auto b = random_numbers<std::int8_t>(std::size_t{inner} * columns, -128, 127);
    std::vector<std::int8_t> expected(std::size_t{rows} * columns);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < inner; ++k) {
        sum += (std::int64_t{a[i / columns * inner + k]} - 3) * (std::int64_t{b[k * columns + i % columns]} + 5);
      }
      // Rounded half to even in integers.
      std::int64_t quotient = sum >> 9;
      const std::int64_t rest = sum - (quotient << 9);
      if (rest > 256 || (rest == 256 && quotient % 2 != 0)) ++quotient;
      expected[i] = static_cast<std::int8_t>(std::clamp<std::int64_t>(quotient + 7, -128, 127));
    }
    std::vector<std::int8_t> c(expected.size());
    device().over({columns, rows}).run(multiply_int8, quantisation, a, b, inner, c);
    expect_equal(c, expected);
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Learning);

}  // namespace

}  // namespace library::learning
