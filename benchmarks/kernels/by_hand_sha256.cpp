// SHA-256 with the processor's own instructions for it, a message at a time.
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

void hash_block(State& state, const std::uint8_t* bytes) {
  const State before = state;
  __m128i words[4];
  for (std::size_t k = 0; k < 4; ++k) words[k] = load_words(bytes + 16 * k);
#pragma GCC unroll 16
  for (std::size_t k = 0; k < 16; ++k) {
    four_rounds(state, words[k % 4], 4 * k);
    if (k >= 12) continue;
    // The four words after the sixteen that are known.
    const __m128i seven_before = _mm_alignr_epi8(words[(k + 3) % 4], words[(k + 2) % 4], 4);
    const __m128i partial = _mm_add_epi32(_mm_sha256msg1_epu32(words[k % 4], words[(k + 1) % 4]), seven_before);
    words[k % 4] = _mm_sha256msg2_epu32(partial, words[(k + 3) % 4]);
  }
  state.abef = _mm_add_epi32(state.abef, before.abef);
  state.cdgh = _mm_add_epi32(state.cdgh, before.cdgh);
}

}  // namespace

void sha256(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins, std::span<Digest> digests) {
  in_parts(digests.size(), 64, [&](Part part) {
    for (std::size_t i = part.first; i < part.last; ++i) {
      State state = start_state();
      for_sha256_blocks(bytes.subspan(begins[i], begins[i + 1] - begins[i]),
                        [&](const std::uint8_t* block) { hash_block(state, block); });
      std::uint32_t abef[4];
      std::uint32_t cdgh[4];
      std::memcpy(abef, &state.abef, sizeof abef);
      std::memcpy(cdgh, &state.cdgh, sizeof cdgh);
      digests[i] = {{abef[3], abef[2], cdgh[3], cdgh[2], abef[1], abef[0], cdgh[1], cdgh[0]}};
    }
  });
}

}  // namespace kernels::BY_HAND

#endif
