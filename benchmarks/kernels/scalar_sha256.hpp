#pragma once

/// SHA-256 (FIPS 180-4) of one message, as anybody would write it.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace kernels {

inline constexpr std::uint32_t sha256_start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

alignas(16) inline constexpr std::uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// Calls `block(bytes)` for each 64 bytes of the padded message but those before `at`, whole blocks.
template <class Block>
void for_sha256_blocks(std::span<const std::uint8_t> message, std::size_t at, const Block& block) {
  for (; at + 64 <= message.size(); at += 64) block(message.data() + at);
  std::uint8_t end[128] = {};
  const std::size_t rest = message.size() - at;
  if (rest != 0) std::memcpy(end, message.data() + at, rest);
  end[rest] = 0x80;
  const std::size_t size = rest < 56 ? 64 : 128;
  const std::uint64_t bits = std::uint64_t{message.size()} * 8;
  for (std::size_t k = 0; k < 8; ++k) end[size - 1 - k] = static_cast<std::uint8_t>(bits >> (8 * k));
  for (std::size_t k = 0; k < size; k += 64) block(end + k);
}

inline void sha256_block(std::uint32_t (&hash)[8], const std::uint8_t* bytes) {
  std::uint32_t w[64];
  for (std::size_t t = 0; t < 16; ++t) {
    std::memcpy(&w[t], bytes + 4 * t, 4);
    w[t] = __builtin_bswap32(w[t]);
  }
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t a = w[t - 15];
    const std::uint32_t b = w[t - 2];
    w[t] = w[t - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[t - 7] +
           (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
  }
  std::uint32_t s[8];
  std::memcpy(s, hash, sizeof s);
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t one = s[7] + (std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25)) +
                              ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha256_constants[t] + w[t];
    const std::uint32_t two = (std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22)) +
                              ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (std::size_t k = 7; k > 0; --k) s[k] = s[k - 1];
    s[4] += one;
    s[0] = one + two;
  }
  for (std::size_t k = 0; k < 8; ++k) hash[k] += s[k];
}

}  // namespace kernels
