// Sequences and text, against whole tables and std::string.

#include <algorithm>
#include <string>
#include <string_view>

#include "devices.hpp"
#include "text.hpp"

namespace library::text {

namespace {

using Bytes = std::vector<std::uint8_t>;

class Text : public OnDevice {
 protected:
  /// The whole table, diagonal after diagonal of blocks.
  std::vector<std::int32_t> aligned(const Bytes& first, const Bytes& second, const Scoring& scoring) {
    const std::size_t pitch = second.size() + 1;
    std::vector<std::int32_t> table((first.size() + 1) * pitch);
    for (std::size_t i = 0; i <= first.size(); ++i) table[i * pitch] = static_cast<std::int32_t>(i) * scoring.gap;
    for (std::size_t j = 0; j <= second.size(); ++j) table[j] = static_cast<std::int32_t>(j) * scoring.gap;
    const std::size_t rows = (first.size() + 15) / 16;
    const std::size_t columns = (second.size() + 15) / 16;
    for (std::uint32_t diagonal = 0; rows > 0 && columns > 0 && diagonal < rows + columns - 1; ++diagonal) {
      device().over(rows * 16).run(needleman_wunsch_diagonal, first, second, static_cast<std::uint32_t>(second.size()),
                                   scoring, diagonal, table);
    }
    return table;
  }
};

TEST_P(Text, AlignsSequences) {
  const Scoring scoring{.match = 3, .mismatch = -2, .gap = -4};
  for (const auto& [n, m] : {std::pair{0u, 5u}, {1u, 1u}, {15u, 17u}, {16u, 16u}, {100u, 33u}, {250u, 301u}}) {
    const Bytes first = random_numbers<std::uint8_t>(n, 'a', 'd');
    const Bytes second = random_numbers<std::uint8_t>(m, 'a', 'd');
    std::vector<std::int32_t> expected((n + 1) * (m + 1));
    for (std::size_t i = 0; i <= n; ++i) {
      for (std::size_t j = 0; j <= m; ++j) {
        const auto at = [&](std::size_t row, std::size_t column) { return expected[row * (m + 1) + column]; };
        std::int32_t best = i == 0 && j == 0 ? 0 : -1'000'000;
        if (i > 0) best = std::max(best, at(i - 1, j) + scoring.gap);
        if (j > 0) best = std::max(best, at(i, j - 1) + scoring.gap);
        if (i > 0 && j > 0) {
          best = std::max(best, at(i - 1, j - 1) + (first[i - 1] == second[j - 1] ? scoring.match : scoring.mismatch));
        }
        expected[i * (m + 1) + j] = best;
      }
    }
    expect_equal(aligned(first, second, scoring), expected);
  }
}

// The usual classroom pair: its best alignments have four matches, as many gaps and mismatches, and are worth 0.
TEST_P(Text, AlignsAKnownPair) {
  const std::string_view first = "GATTACA";
  const std::string_view second = "GCATGCU";
  EXPECT_EQ(aligned({first.begin(), first.end()}, {second.begin(), second.end()}, {1, -1, -1}).back(), 0);
}

TEST_P(Text, CodesRuns) {
  for (const std::size_t n : {0u, 1u, 2u, 1000u, 100'003u}) {
    Bytes in = random_numbers<std::uint8_t>(n, 0, 3);
    for (std::size_t i = n / 4; i < n / 2; ++i) in[i] = 9;  // a long one
    std::vector<text::Run> expected;
    for (const std::uint8_t each : in) {
      if (expected.empty() || expected.back().value != each) expected.push_back({0, each});
      ++expected.back().length;
    }
    std::vector<std::uint32_t> heads(n);
    device().over(n).run(run_heads, in, heads);
    const auto before = exclusive_scan(device(), heads);
    std::vector<text::Run> runs(n == 0 ? 0 : before.back() + heads.back());
    ASSERT_EQ(runs.size(), expected.size());
    device().over(runs.size()).run(run_gather, in, before, heads, runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      ASSERT_EQ(runs[i].length, expected[i].length) << i;
      ASSERT_EQ(runs[i].value, expected[i].value) << i;
    }
  }
}

TEST_P(Text, FindsEveryOccurrence) {
  for (const std::size_t n : {0u, 1u, 255u, 256u, 1000u, 70'001u}) {
    for (const std::size_t length : {0u, 1u, 2u, 5u, 256u}) {
      Bytes in = random_numbers<std::uint8_t>(n, 'a', 'b');
      const Bytes pattern = random_numbers<std::uint8_t>(length, 'a', 'b');
      // One at each end, and one over the border of two groups.
      for (const std::size_t place : {std::size_t{0}, std::size_t{254}, n - length}) {
        if (place <= n && n - place >= length)
          std::copy(pattern.begin(), pattern.end(), in.begin() + static_cast<int>(place));
      }
      Bytes expected(n);
      std::uint32_t expected_count = 0;
      const std::string text(in.begin(), in.end());
      const std::string wanted(pattern.begin(), pattern.end());
      for (auto at = text.find(wanted); length > 0 && at != std::string::npos; at = text.find(wanted, at + 1)) {
        expected[at] = 1;
        ++expected_count;
      }
      Bytes is_match(n, 7);
      std::vector<std::uint32_t> counts((n + 255) / 256);
      device().over(n).run(find_all, in, pattern, is_match, counts);
      expect_equal(is_match, expected);
      std::uint32_t count = 0;
      for (const std::uint32_t each : counts) count += each;
      EXPECT_EQ(count, expected_count) << n << ", " << length;
    }
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Text);

}  // namespace

}  // namespace library::text
