#pragma once

/// Digests, checksums and ciphers.

#include <cstdint>
#include <span>

namespace library::cryptography {

struct Digest {
  std::uint32_t words[8];
};

inline constexpr std::uint32_t longest_message = 4096;

/// The SHA-256 of each message: message i is bytes begins[i] to begins[i + 1] - 1, at most `longest_message` of them.
void sha256(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins, std::span<Digest> digests);

/// The CRC-32 of each chunk of `chunk_size` bytes; the last may be shorter.
void crc32(std::span<const std::uint8_t> bytes, std::uint32_t chunk_size, std::span<std::uint32_t> checksums);

/// Sixteen bytes, column by column.
struct Block {
  std::uint8_t bytes[16];
};

/// One round of AES: SubBytes, ShiftRows, MixColumns, AddRoundKey.
void aes_round(Block key, std::span<Block> blocks);

/// AES-128 of each block, with the eleven keys of the rounds.
void aes128_encrypt(std::span<const Block> round_keys, std::span<const Block> in, std::span<Block> out);

}  // namespace library::cryptography
