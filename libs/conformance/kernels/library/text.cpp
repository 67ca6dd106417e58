#include "text.hpp"

#include <algorithm>

#include <dotcompute/kernel.hpp>

namespace library::text {

using namespace dotcompute;

/// Needleman and Wunsch, A general method applicable to the search for similarities in the amino acid sequence of two
/// proteins, 1970; in blocks as the benchmark of Che et al., Rodinia, 2009: blocks of a diagonal are independent, and
/// within a block so are the elements of a diagonal.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16) void needleman_wunsch_diagonal(std::span<const std::uint8_t> first,
                                                                      std::span<const std::uint8_t> second,
                                                                      std::uint32_t columns, Scoring scoring,
                                                                      std::uint32_t diagonal,
                                                                      std::span<std::int32_t> table) {
  constexpr std::size_t block = 16;
  constexpr std::size_t side = block + 1;
  SharedArray<std::int32_t, side * side> scores;
  const std::size_t pitch = std::size_t{columns} + 1;
  if (columns > second.size() || table.size() < pitch) return;
  const std::size_t rows = std::min(first.size(), table.size() / pitch - 1);
  const std::size_t top = group_id() * block;
  if (top >= rows || group_id() > diagonal || (diagonal - group_id()) * block >= columns) return;
  const std::size_t left = (diagonal - group_id()) * block;
  const std::size_t height = std::min(block, rows - top);
  const std::size_t width = std::min(block, columns - left);
  const std::size_t i = local_id();
  // The row above the block and the column before it.
  if (i < width) scores[i + 1] = table[top * pitch + left + i + 1];
  if (i < height) scores[(i + 1) * side] = table[(top + i + 1) * pitch + left];
  if (i == 0) scores[0] = table[top * pitch + left];
  for (std::size_t wave = 0; wave < height + width - 1; ++wave) {
    barrier();
    const std::size_t column = wave - i;
    if (i >= height || i > wave || column >= width) continue;
    const std::size_t at = (i + 1) * side + column + 1;
    const std::int32_t same = first[top + i] == second[left + column] ? scoring.match : scoring.mismatch;
    scores[at] = std::max(scores[at - side - 1] + same, std::max(scores[at - side], scores[at - 1]) + scoring.gap);
  }
  barrier();
  for (std::size_t row = 0; row < height; ++row) {
    if (i < width) table[(top + row + 1) * pitch + left + i + 1] = scores[(row + 1) * side + i + 1];
  }
}

DOTCOMPUTE_KERNEL void run_heads(std::span<const std::uint8_t> in, std::span<std::uint32_t> heads) {
  const std::size_t i = global_id();
  if (i < std::min(in.size(), heads.size())) heads[i] = i == 0 || in[i] != in[i - 1] ? 1 : 0;
}

/// The last element that not more than `run` heads lie before; 0 if there is none.
inline std::size_t begin_of_run(std::span<const std::uint32_t> heads_before, std::size_t run) {
  std::size_t first = 0;
  std::size_t last = heads_before.size();
  while (first + 1 < last) {
    const std::size_t middle = first + (last - first) / 2;
    if (heads_before[middle] <= run) {
      first = middle;
    } else {
      last = middle;
    }
  }
  return first;
}

DOTCOMPUTE_KERNEL void run_gather(std::span<const std::uint8_t> in, std::span<const std::uint32_t> heads_before,
                                  std::span<const std::uint32_t> heads, std::span<Run> runs) {
  const std::size_t run = global_id();
  const std::size_t n = std::min(in.size(), std::min(heads_before.size(), heads.size()));
  if (n == 0 || run >= runs.size() || run >= heads_before[n - 1] + heads[n - 1]) return;
  const std::size_t begin = begin_of_run(heads_before.first(n), run);
  const bool is_last = run + 1 == heads_before[n - 1] + heads[n - 1];
  const std::size_t end = is_last ? n : begin_of_run(heads_before.first(n), run + 1);
  runs[run] = {static_cast<std::uint32_t>(end - begin), in[begin]};
}

/// The comparison at every place at once, with the part of the text that a group looks at in shared memory.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void find_all(std::span<const std::uint8_t> text,
                                                      std::span<const std::uint8_t> pattern,
                                                      std::span<std::uint8_t> is_match,
                                                      std::span<std::uint32_t> counts) {
  constexpr std::size_t items = 256;
  SharedArray<std::uint8_t, 2 * items> part;
  SharedArray<std::uint32_t, items> found;
  const std::size_t i = local_id();
  const std::size_t first = group_id() * items;
  const std::size_t length = std::min(pattern.size(), items);
  for (std::size_t k = i; k < part.size(); k += items) part[k] = first + k < text.size() ? text[first + k] : 0;
  barrier();
  bool is_equal = first + i < text.size() && length > 0 && text.size() - (first + i) >= length;
  for (std::size_t k = 0; k < length && is_equal; ++k) is_equal = part[i + k] == pattern[k];
  if (first + i < std::min(text.size(), is_match.size())) is_match[first + i] = is_equal ? 1 : 0;
  found[i] = is_equal ? 1 : 0;
  for (std::size_t half = items / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) found[i] += found[i + half];
  }
  if (i == 0 && group_id() < counts.size()) counts[group_id()] = found[0];
}

}  // namespace library::text
