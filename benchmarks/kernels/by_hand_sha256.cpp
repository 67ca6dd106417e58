// SHA-256 with the processor's own instructions for it, two messages at a time: one waits for the other.
#include <algorithm>
#include <cstring>

#include "by_hand.hpp"
#include "parts.hpp"
#include "scalar_sha256.hpp"
#include "vectors.hpp"

#ifdef __SHA__

namespace kernels::BY_HAND {

namespace {

/// The eight words as the instructions want them: a, b, e, f and c, d, g, h, the first ones uppermost.
struct State {
  __m128i abef;
  __m128i cdgh;
};

State start_state() {
  const std::uint32_t* const h = sha256_start;
  const auto word = [h](int k) { return static_cast<int>(h[k]); };
  return {_mm_set_epi32(word(0), word(1), word(4), word(5)), _mm_set_epi32(word(2), word(3), word(6), word(7))};
}

__m128i load_words(const std::uint8_t* bytes) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), swap);
}

void four_rounds(State& state, __m128i words, std::size_t round) {
  const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(sha256_constants + round));
  const __m128i sums = _mm_add_epi32(words, constants);
  state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sums);
  state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sums, 0x0E));
}

/// A block of each of several messages, side by side: the rounds of one wait for each other.
template <std::size_t count>
void hash_blocks(State (&states)[count], const std::uint8_t* const (&bytes)[count]) {
  State before[count];
  __m128i words[count][4];
  for (std::size_t m = 0; m < count; ++m) {
    before[m] = states[m];
    for (std::size_t k = 0; k < 4; ++k) words[m][k] = load_words(bytes[m] + 16 * k);
  }
#pragma GCC unroll 16
  for (std::size_t k = 0; k < 16; ++k) {
#pragma GCC unroll 2
    for (std::size_t m = 0; m < count; ++m) {
      __m128i(&w)[4] = words[m];
      four_rounds(states[m], w[k % 4], 4 * k);
      if (k >= 12) continue;
      // The four words after the sixteen that are known.
      const __m128i seven_before = _mm_alignr_epi8(w[(k + 3) % 4], w[(k + 2) % 4], 4);
      const __m128i partial = _mm_add_epi32(_mm_sha256msg1_epu32(w[k % 4], w[(k + 1) % 4]), seven_before);
      w[k % 4] = _mm_sha256msg2_epu32(partial, w[(k + 3) % 4]);
    }
  }
  for (std::size_t m = 0; m < count; ++m) {
    states[m].abef = _mm_add_epi32(states[m].abef, before[m].abef);
    states[m].cdgh = _mm_add_epi32(states[m].cdgh, before[m].cdgh);
  }
}

/// The blocks from byte `at` on, then the digest.
Digest finish(State state, std::span<const std::uint8_t> message, std::size_t at) {
  State one[1] = {state};
  for_sha256_blocks(message, at, [&](const std::uint8_t* block) { hash_blocks<1>(one, {block}); });
  std::uint32_t abef[4];
  std::uint32_t cdgh[4];
  std::memcpy(abef, &one[0].abef, sizeof abef);
  std::memcpy(cdgh, &one[0].cdgh, sizeof cdgh);
  return {{abef[3], abef[2], cdgh[3], cdgh[2], abef[1], abef[0], cdgh[1], cdgh[0]}};
}

}  // namespace

void sha256(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins, std::span<Digest> digests) {
  const auto message = [&](std::size_t i) { return bytes.subspan(begins[i], begins[i + 1] - begins[i]); };
  in_parts(digests.size(), 64, [&](Part part) {
    std::size_t i = part.first;
    for (; i + 2 <= part.last; i += 2) {
      const auto first = message(i);
      const auto second = message(i + 1);
      State states[2] = {start_state(), start_state()};
      const std::size_t together = std::min(first.size(), second.size()) / 64 * 64;
      for (std::size_t at = 0; at < together; at += 64) hash_blocks<2>(states, {&first[at], &second[at]});
      digests[i] = finish(states[0], first, together);
      digests[i + 1] = finish(states[1], second, together);
    }
    if (i < part.last) digests[i] = finish(start_state(), message(i), 0);
  });
}

}  // namespace kernels::BY_HAND

#endif
