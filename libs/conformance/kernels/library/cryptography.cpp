#include "cryptography.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include <dotcompute/kernel.hpp>

namespace library::cryptography {

using namespace dotcompute;

/// FIPS 180-4, section 4.2.2.
constexpr std::array<std::uint32_t, 64> sha256_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

inline std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         bytes[at + 3];
}

/// The word at `at` of the padded message (section 5.1.1): the message, a one bit, zeros, and its length in bits.
inline std::uint32_t padded_word(std::span<const std::uint8_t> message, std::size_t at, std::size_t padded_size) {
  if (at + 4 <= message.size()) return big_endian(message, at);
  const std::uint64_t bits = std::uint64_t{message.size()} * 8;
  if (at + 8 == padded_size) return static_cast<std::uint32_t>(bits >> 32);
  if (at + 4 == padded_size) return static_cast<std::uint32_t>(bits);
  if (at > message.size()) return 0;
  const std::size_t left = message.size() - at;
  std::uint32_t word = 0x80000000 >> (8 * left);
  for (std::size_t k = 0; k < left; ++k) word |= std::uint32_t{message[at + k]} << (24 - 8 * k);
  return word;
}

/// Section 6.2.2, for the block of 64 bytes at `first`.
inline void sha256_block(Digest& hash, std::span<const std::uint8_t> message, std::size_t first,
                         std::size_t padded_size) {
  std::uint32_t schedule[64];
  if (first + 64 <= message.size()) {
    for (std::size_t t = 0; t < 16; ++t) schedule[t] = big_endian(message, first + 4 * t);
  } else {
    for (std::size_t t = 0; t < 16; ++t) schedule[t] = padded_word(message, first + 4 * t, padded_size);
  }
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t a = schedule[t - 15];
    const std::uint32_t b = schedule[t - 2];
    schedule[t] = schedule[t - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + schedule[t - 7] +
                  (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
  }
  auto [a, b, c, d, e, f, g, h] = hash.words;
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t sum_1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t one = h + sum_1 + ((e & f) ^ (~e & g)) + sha256_constants[t] + schedule[t];
    const std::uint32_t sum_0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t two = sum_0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + one;
    d = c;
    c = b;
    b = a;
    a = one + two;
  }
  const std::uint32_t added[8] = {a, b, c, d, e, f, g, h};
  for (std::size_t k = 0; k < 8; ++k) hash.words[k] += added[k];
}

DOTCOMPUTE_KERNEL void sha256(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins,
                              std::span<Digest> digests) {
  const std::size_t i = global_id();
  if (i >= digests.size() || i + 1 >= begins.size()) return;
  const std::size_t begin = begins[i];
  const std::size_t end = begins[i + 1];
  if (begin > end || end > bytes.size() || end - begin > longest_message) {
    digests[i] = {};
    return;
  }
  const auto message = bytes.subspan(begin, end - begin);
  const std::size_t padded_size = (message.size() + 8) / 64 * 64 + 64;
  Digest hash{{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
  for (std::size_t first = 0; first < padded_size; first += 64) sha256_block(hash, message, first, padded_size);
  digests[i] = hash;
}

/// ISO 3309 and ITU-T V.42: the reflected polynomial 0xEDB88320, a byte at a time.
constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320u : value >> 1;
    table[byte] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> crc_table = make_crc_table();

DOTCOMPUTE_KERNEL void crc32(std::span<const std::uint8_t> bytes, std::uint32_t chunk_size,
                             std::span<std::uint32_t> checksums) {
  const std::size_t i = global_id();
  if (i >= checksums.size() || i * chunk_size >= bytes.size()) return;
  const std::size_t first = i * chunk_size;
  std::uint32_t crc = ~0u;
  for (const std::uint8_t byte : bytes.subspan(first, std::min<std::size_t>(chunk_size, bytes.size() - first))) {
    crc = crc_table[(crc ^ byte) & 0xFF] ^ crc >> 8;
  }
  checksums[i] = ~crc;
}

/// FIPS 197, section 4.2.1: the product with x modulo x^8 + x^4 + x^3 + x + 1.
constexpr std::uint8_t times_x(std::uint8_t a) {
  return static_cast<std::uint8_t>(a << 1 ^ ((a & 0x80) != 0 ? 0x1B : 0));
}

/// Section 5.1.1: inverses, found along the powers of the generator x + 1 and its inverse, then an affine map.
constexpr std::array<std::uint8_t, 256> make_s_box() {
  std::array<std::uint8_t, 256> box{};
  std::uint8_t power = 1;
  std::uint8_t inverse = 1;
  do {
    power = static_cast<std::uint8_t>(power ^ times_x(power));
    inverse = static_cast<std::uint8_t>(inverse ^ inverse << 1);
    inverse = static_cast<std::uint8_t>(inverse ^ inverse << 2);
    inverse = static_cast<std::uint8_t>(inverse ^ inverse << 4);
    if ((inverse & 0x80) != 0) inverse ^= 0x09;
    box[power] = static_cast<std::uint8_t>(inverse ^ std::rotl(inverse, 1) ^ std::rotl(inverse, 2) ^
                                           std::rotl(inverse, 3) ^ std::rotl(inverse, 4) ^ 0x63);
  } while (power != 1);
  box[0] = 0x63;
  return box;
}
constexpr std::array<std::uint8_t, 256> s_box = make_s_box();

/// SubBytes and ShiftRows: row r moves r columns to the left.
inline Block substituted(const Block& block) {
  Block result;
  for (unsigned column = 0; column < 4; ++column) {
    for (unsigned row = 0; row < 4; ++row) {
      result.bytes[4 * column + row] = s_box[block.bytes[4 * ((column + row) % 4) + row]];
    }
  }
  return result;
}

inline void mix_columns(Block& block) {
  for (unsigned column = 0; column < 4; ++column) {
    std::uint8_t* const b = block.bytes + 4 * column;
    const auto all = static_cast<std::uint8_t>(b[0] ^ b[1] ^ b[2] ^ b[3]);
    const std::uint8_t first = b[0];
    for (unsigned row = 0; row < 4; ++row) {
      const std::uint8_t next = row < 3 ? b[row + 1] : first;
      b[row] = static_cast<std::uint8_t>(b[row] ^ all ^ times_x(static_cast<std::uint8_t>(b[row] ^ next)));
    }
  }
}

inline void add_key(Block& block, const Block& key) {
  for (unsigned k = 0; k < 16; ++k) block.bytes[k] ^= key.bytes[k];
}

DOTCOMPUTE_KERNEL void aes_round(Block key, std::span<Block> blocks) {
  const std::size_t i = global_id();
  if (i >= blocks.size()) return;
  Block block = substituted(blocks[i]);
  mix_columns(block);
  add_key(block, key);
  blocks[i] = block;
}

/// FIPS 197, section 5.1.
DOTCOMPUTE_KERNEL void aes128_encrypt(std::span<const Block> round_keys, std::span<const Block> in,
                                      std::span<Block> out) {
  const std::size_t i = global_id();
  if (i >= std::min(in.size(), out.size()) || round_keys.size() < 11) return;
  Block block = in[i];
  add_key(block, round_keys[0]);
  for (std::size_t round = 1; round < 10; ++round) {
    block = substituted(block);
    mix_columns(block);
    add_key(block, round_keys[round]);
  }
  block = substituted(block);
  add_key(block, round_keys[10]);
  out[i] = block;
}

}  // namespace library::cryptography
