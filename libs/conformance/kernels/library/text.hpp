#pragma once

/// Sequences and text.

#include <cstdint>
#include <span>

namespace library::text {

struct Scoring {
  std::int32_t match;
  std::int32_t mismatch;
  std::int32_t gap;
};

/// A diagonal of blocks of 16 x 16 of the table of alignments of two sequences, of the second of which `columns`
/// characters are taken. The table has a row for each character of `first`, as far as it goes, and one before them, and
/// a column for each of `second` and one before them; the first row and column are given. A group for each of the
/// diagonal's blocks.
void needleman_wunsch_diagonal(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second,
                               std::uint32_t columns, Scoring scoring, std::uint32_t diagonal,
                               std::span<std::int32_t> table);

/// 1 where a run of equal elements begins, else 0.
void run_heads(std::span<const std::uint8_t> in, std::span<std::uint32_t> heads);

struct Run {
  std::uint32_t length;
  std::uint8_t value;
};

/// The runs, from the heads' exclusive prefix sums.
void run_gather(std::span<const std::uint8_t> in, std::span<const std::uint32_t> heads_before,
                std::span<const std::uint32_t> heads, std::span<Run> runs);

/// Where `pattern`, of at most 256 characters, begins in `text`: 1 there, else 0; and how often in each group's part.
void find_all(std::span<const std::uint8_t> text, std::span<const std::uint8_t> pattern,
              std::span<std::uint8_t> is_match, std::span<std::uint32_t> counts);

}  // namespace library::text
