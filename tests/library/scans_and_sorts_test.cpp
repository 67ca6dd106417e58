// Reductions, scans and sorts, against the standard library.

#include <algorithm>
#include <numeric>

#include "devices.hpp"
#include "scans_and_sorts.hpp"

namespace library::scans_and_sorts {

namespace {

class ScansAndSorts : public OnDevice {
 protected:
  /// The sum of all, in two launches: of at most eight groups, and of their sums.
  template <class T>
  T sum(const std::vector<T>& in) {
    std::vector<T> sums(std::clamp<std::size_t>(in.size() / 256, 1, 8));
    std::vector<T> all(1);
    device().over(sums.size() * 256).run(tree_sum<T>, in, sums);
    device().over(256).run(tree_sum<T>, sums, all);
    return all[0];
  }
};

TEST_P(ScansAndSorts, Sums) {
  for (const std::size_t n : {0u, 1u, 255u, 257u, 5000u, 300'001u}) {
    const auto integers = random_numbers<std::int32_t>(n, -2'000'000'000, 2'000'000'000);
    const std::int64_t exact = std::accumulate(integers.begin(), integers.end(), std::int64_t{0});
    EXPECT_EQ(sum(integers), static_cast<std::int32_t>(exact)) << n;
    const auto floats = random_numbers<float>(n, 0, 1);
    // An item adds n / 2048 numbers and at most 300, and 19 levels of trees follow.
    const double limit = static_cast<double>(n) * (static_cast<double>(n) / 2048 + 320) * float_epsilon;
    EXPECT_NEAR(sum(floats), std::accumulate(floats.begin(), floats.end(), 0.0), limit) << n;
    const auto doubles = random_numbers<double>(n, 0, 1);
    EXPECT_NEAR(sum(doubles), static_cast<double>(std::accumulate(doubles.begin(), doubles.end(), 0.0L)),
                limit / float_epsilon * double_epsilon)
        << n;
  }
}

std::vector<std::uint32_t> expected_scan(const std::vector<std::uint32_t>& in) {
  std::vector<std::uint32_t> out(in.size());
  std::exclusive_scan(in.begin(), in.end(), out.begin(), 0u);
  return out;
}

TEST_P(ScansAndSorts, ScansAfterBlelloch) {
  // With 512 * 512 + 1 the sums of the blocks fill more than one block themselves.
  for (const std::size_t n : {0u, 1u, 511u, 512u, 513u, 70'000u, 262'145u}) {
    const auto in = random_numbers<std::uint32_t>(n, 0, ~0u);
    expect_equal(exclusive_scan(device(), in), expected_scan(in));
  }
}

TEST_P(ScansAndSorts, ScansFractions) {
  for (const std::size_t n : {1u, 513u, 100'000u}) {
    // Multiples of 1/1024 below 2^43 are added without rounding.
    std::vector<double> in(n);
    for (double& each : in) each = static_cast<double>(random()() % 1'000'000) / 1024;
    std::vector<double> expected(n);
    std::exclusive_scan(in.begin(), in.end(), expected.begin(), 0.0);
    const std::size_t blocks = (n + block_size - 1) / block_size;
    std::vector<double> out(n);
    std::vector<double> sums(blocks);
    std::vector<double> offsets(blocks);
    std::vector<double> all(1);
    device().over(blocks * block_size / 2).run(scan_blocks<double>, in, out, sums);
    device().over(block_size / 2).run(scan_blocks<double>, sums, offsets, all);
    device().over(n).run(add_block_offsets<double>, offsets, out);
    expect_equal(out, expected);
    EXPECT_EQ(all[0], expected.back() + in.back());
  }
}

TEST_P(ScansAndSorts, ScansAfterReducing) {
  for (const std::size_t n : {0u, 1u, 512u, 513u, 100'003u}) {
    const auto in = random_numbers<std::uint32_t>(n, 0, ~0u);
    const std::size_t blocks = (n + block_size - 1) / block_size;
    std::vector<std::uint32_t> sums(blocks);
    std::vector<std::uint32_t> offsets(blocks);
    std::vector<std::uint32_t> out(n);
    const std::vector<std::uint32_t> none(1);
    device().over(blocks * block_size / 2).run(block_sums, in, sums);
    device().over(blocks == 0 ? 0 : block_size / 2).run(scan_with_offsets, sums, none, offsets);
    device().over(blocks * block_size / 2).run(scan_with_offsets, in, offsets, out);
    expect_equal(out, expected_scan(in));
  }
}

TEST_P(ScansAndSorts, SortsAfterBatcher) {
  for (const std::uint32_t n : {1u, 2u, 64u, 512u, 1024u, 32'768u}) {
    auto keys = random_numbers<float>(n, -1000, 1000);
    auto expected = keys;
    std::sort(expected.begin(), expected.end());
    const std::uint32_t block = n < block_size ? 1 : static_cast<std::uint32_t>(block_size);
    if (block > 1) device().over(n / 2).run(bitonic_in_blocks, keys, block);
    for (std::uint32_t run = 2 * block; run <= n; run *= 2) {
      for (std::uint32_t distance = run / 2; distance >= block && distance > 0; distance /= 2) {
        device().over(n).run(bitonic_step, keys, run, distance);
      }
      if (block > 1) device().over(n / 2).run(bitonic_in_blocks, keys, run);
    }
    expect_equal(keys, expected);
  }
}

TEST_P(ScansAndSorts, SortsByDigits) {
  for (const std::size_t n : {0u, 1u, 511u, 512u, 513u, 20'001u}) {
    auto keys = random_numbers<std::uint32_t>(n, 0, ~0u);
    for (std::size_t i = 0; i < n; i += 7) keys[i] = keys[i / 2] & 0xFF;  // repeated, and small
    if (n > 100) keys[n / 2] = ~0u;
    auto expected = keys;
    std::sort(expected.begin(), expected.end());
    const std::size_t blocks = (n + block_size - 1) / block_size;
    std::vector<std::uint32_t> sorted(n);
    std::vector<std::uint32_t> counts(16 * blocks);
    for (std::uint32_t shift = 0; shift < 32; shift += 4) {
      device().over(blocks * block_size / 2).run(radix_sort_blocks, keys, shift, sorted, counts);
      device().over(n).run(radix_gather, sorted, counts, exclusive_scan(device(), counts), keys);
    }
    expect_equal(keys, expected);
  }
}

TEST_P(ScansAndSorts, CountsValues) {
  for (const std::size_t n : {0u, 1u, 255u, 1000u, 123'457u}) {
    auto in = random_numbers<std::uint8_t>(n, 0, 255);
    std::fill(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(n / 3), std::uint8_t{42});
    std::vector<std::uint32_t> expected(256);
    for (const std::uint8_t each : in) ++expected[each];
    std::vector<std::uint32_t> shared(256);
    device().over(4 * 256).run(histogram, in, shared);
    expect_equal(shared, expected);
    std::vector<std::uint32_t> counts(4 * 256);
    std::vector<std::uint32_t> summed(256);
    device().over(counts.size()).run(histogram_of_groups, in, counts);
    device().over(256).run(histogram_sum, counts, summed);
    expect_equal(summed, expected);
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(ScansAndSorts);

}  // namespace

}  // namespace library::scans_and_sorts
