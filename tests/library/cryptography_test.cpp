// Digests and ciphers, against the test vectors of their standards and computations by definition.

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>

#include "cryptography.hpp"
#include "devices.hpp"

namespace library::cryptography {

namespace {

using Bytes = std::vector<std::uint8_t>;

class Cryptography : public OnDevice {
 protected:
  /// The digests in hexadecimal.
  std::vector<std::string> digests_of(const std::vector<std::string>& messages) {
    Bytes bytes;
    std::vector<std::uint32_t> begins{0};
    for (const std::string& message : messages) {
      bytes.insert(bytes.end(), message.begin(), message.end());
      begins.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    std::vector<Digest> digests(messages.size());
    device().over(messages.size()).run(sha256, bytes, begins, digests);
    std::vector<std::string> texts;
    for (const Digest& digest : digests) {
      std::string& text = texts.emplace_back();
      for (const std::uint32_t word : digest.words) {
        for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
      }
    }
    return texts;
  }
};

// NIST's examples for FIPS 180-4, and the empty message.
TEST_P(Cryptography, HashesTheStandardsMessages) {
  const auto digests =
      digests_of({"abc", "", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnop"
                  "qrlmnopqrsmnopqrstnopqrstu"});
  EXPECT_EQ(digests[0], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digests[1], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digests[2], "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digests[3], "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

/// FIPS 180-4 over the padded message as a string of bits, with the constants from the roots of the primes.
std::string expected_digest(const std::string& message) {
  std::array<std::uint32_t, 64> constants{};
  std::array<std::uint32_t, 8> hash{};
  std::size_t found = 0;
  for (int candidate = 2; found < 64; ++candidate) {
    bool is_prime = true;
    for (int divisor = 2; divisor * divisor <= candidate; ++divisor) is_prime &= candidate % divisor != 0;
    if (!is_prime) continue;
    const auto fraction = [](long double root) {
      return static_cast<std::uint32_t>((root - std::floor(root)) * 0x1p32L);
    };
    if (found < 8) hash[found] = fraction(std::sqrt(static_cast<long double>(candidate)));
    constants[found++] = fraction(std::cbrt(static_cast<long double>(candidate)));
  }
  std::string padded = message + '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>(std::uint64_t{message.size()} * 8 >> shift);
  for (std::size_t first = 0; first < padded.size(); first += 64) {
    std::vector<std::uint32_t> w;
    for (std::size_t t = 0; t < 64; ++t) {
      std::uint32_t word = 0;
      for (std::size_t k = 0; k < 4 && t < 16; ++k) {
        word |= std::uint32_t{static_cast<unsigned char>(padded[first + 4 * t + k])} << (24 - 8 * k);
      }
      const auto small = [&](std::size_t at, int a, int b, int c) {
        return std::rotr(w[at], a) ^ std::rotr(w[at], b) ^ (w[at] >> c);
      };
      w.push_back(t < 16 ? word : small(t - 2, 17, 19, 10) + w[t - 7] + small(t - 15, 7, 18, 3) + w[t - 16]);
    }
    std::array<std::uint32_t, 8> v = hash;
    for (std::size_t t = 0; t < 64; ++t) {
      const auto large = [](std::uint32_t x, int a, int b, int c) {
        return std::rotr(x, a) ^ std::rotr(x, b) ^ std::rotr(x, c);
      };
      const std::uint32_t choice = (v[4] & v[5]) | (~v[4] & v[6]);
      const std::uint32_t majority = (v[0] & v[1]) | (v[2] & (v[0] | v[1]));
      const std::uint32_t added = v[7] + large(v[4], 6, 11, 25) + choice + constants[t] + w[t];
      std::rotate(v.begin(), v.end() - 1, v.end());
      v[4] += added;
      v[0] = added + large(v[1], 2, 13, 22) + majority;
    }
    for (std::size_t k = 0; k < 8; ++k) hash[k] += v[k];
  }
  std::string text;
  for (const std::uint32_t word : hash) {
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
  }
  return text;
}

TEST_P(Cryptography, HashesMessagesOfEveryLength) {
  std::vector<std::string> messages;
  for (std::size_t length = 0; length < 140; ++length) {
    const Bytes bytes = random_numbers<std::uint8_t>(length, 0, 255);
    messages.emplace_back(bytes.begin(), bytes.end());
  }
  messages.emplace_back(longest_message, 'x');
  const auto digests = digests_of(messages);
  for (std::size_t i = 0; i < messages.size(); ++i) EXPECT_EQ(digests[i], expected_digest(messages[i])) << i;
}

TEST_P(Cryptography, RefusesLongMessages) {
  EXPECT_EQ(digests_of({std::string(longest_message + 1, 'x')})[0], std::string(64, '0'));
}

/// The remainder of the message, as a polynomial over GF(2) from the lowest bit of each byte, bit by bit.
std::uint32_t expected_crc(const std::uint8_t* first, const std::uint8_t* last) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (; first != last; ++first) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool is_odd = ((remainder ^ (*first >> bit)) & 1) != 0;
      remainder >>= 1;
      if (is_odd) remainder ^= 0xEDB88320;
    }
  }
  return ~remainder;
}

TEST_P(Cryptography, ChecksBytes) {
  const std::string_view digits = "123456789";
  std::vector<std::uint32_t> check(1);
  device().run(crc32, Bytes(digits.begin(), digits.end()), 9u, check);
  EXPECT_EQ(check[0], 0xCBF43926u);  // the check value of the catalogues
  for (const std::size_t n : {0u, 1u, 100u, 65'537u}) {
    for (const std::uint32_t chunk : {1u, 17u, 1000u}) {
      const Bytes bytes = random_numbers<std::uint8_t>(n, 0, 255);
      std::vector<std::uint32_t> checksums((n + chunk - 1) / chunk);
      std::vector<std::uint32_t> expected;
      for (std::size_t first = 0; first < n; first += chunk) {
        expected.push_back(expected_crc(bytes.data() + first, bytes.data() + std::min(first + chunk, n)));
      }
      device().over(checksums.size()).run(crc32, bytes, chunk, checksums);
      expect_equal(checksums, expected);
    }
  }
}

Block block_of(std::string_view hexadecimal) {
  Block block{};
  for (std::size_t k = 0; k < 16; ++k) {
    block.bytes[k] = static_cast<std::uint8_t>(std::stoi(std::string(hexadecimal.substr(2 * k, 2)), nullptr, 16));
  }
  return block;
}
std::string text_of(const Block& block) {
  std::string text;
  for (const std::uint8_t byte : block.bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// FIPS 197 by its definitions: products in GF(2^8) bit by bit, inverses by search.
namespace by_definition {

std::uint8_t product(std::uint8_t a, std::uint8_t b) {
  unsigned sum = 0;
  for (unsigned bit = 0; bit < 8; ++bit) sum ^= (b >> bit & 1u) != 0 ? unsigned{a} << bit : 0u;
  for (unsigned bit = 14; bit >= 8; --bit) sum ^= (sum >> bit & 1u) != 0 ? 0x11Bu << (bit - 8) : 0u;
  return static_cast<std::uint8_t>(sum);
}

std::uint8_t substituted(std::uint8_t a) {
  static const auto box = [] {
    std::array<std::uint8_t, 256> all{};
    for (unsigned value = 0; value < 256; ++value) {
      unsigned inverse = 0;
      while (inverse < 256 && product(static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(inverse)) != 1)
        ++inverse;
      inverse %= 256;
      for (unsigned bit = 0; bit < 8; ++bit) {
        unsigned sum = 0x63u >> bit;
        for (const unsigned k : {0u, 4u, 5u, 6u, 7u}) sum ^= inverse >> ((bit + k) % 8);
        all[value] = static_cast<std::uint8_t>(all[value] | (sum & 1u) << bit);
      }
    }
    return all;
  }();
  return box[a];
}

/// Section 5.2.
std::vector<Block> round_keys(const Block& key) {
  std::vector<Block> keys{key};
  std::uint8_t round_constant = 1;
  while (keys.size() < 11) {
    Block next = keys.back();
    for (std::size_t k = 0; k < 4; ++k) next.bytes[k] ^= substituted(keys.back().bytes[12 + (k + 1) % 4]);
    next.bytes[0] ^= round_constant;
    for (std::size_t k = 4; k < 16; ++k) next.bytes[k] ^= next.bytes[k - 4];
    keys.push_back(next);
    round_constant = product(round_constant, 2);
  }
  return keys;
}

void add(Block& block, const Block& key) {
  for (std::size_t k = 0; k < 16; ++k) block.bytes[k] ^= key.bytes[k];
}

Block round(const Block& in, const Block& key, bool is_last) {
  Block moved{};
  for (std::size_t k = 0; k < 16; ++k) moved.bytes[k] = substituted(in.bytes[(k + 4 * (k % 4)) % 16]);
  Block mixed = moved;
  constexpr std::array<std::uint8_t, 4> factors{2, 3, 1, 1};
  for (std::size_t k = 0; k < 16 && !is_last; ++k) {
    mixed.bytes[k] = 0;
    for (std::size_t row = 0; row < 4; ++row) {
      mixed.bytes[k] ^= product(factors[(row + 4 - k % 4) % 4], moved.bytes[k / 4 * 4 + row]);
    }
  }
  add(mixed, key);
  return mixed;
}

Block encrypted(Block block, const std::vector<Block>& keys) {
  add(block, keys[0]);
  for (std::size_t each = 1; each <= 10; ++each) block = round(block, keys[each], each == 10);
  return block;
}

}  // namespace by_definition

// FIPS 197, appendices B and C.1.
TEST_P(Cryptography, EncryptsTheStandardsBlocks) {
  std::vector<Block> blocks{block_of("193de3bea0f4e22b9ac68d2ae9f84808")};
  device().run(aes_round, block_of("a0fafe1788542cb123a339392a6c7605"), blocks);
  EXPECT_EQ(text_of(blocks[0]), "a49c7ff2689f352b6b5bea43026a5049");

  const auto encrypted = [&](std::string_view key, std::string_view plain) {
    std::vector<Block> out(1);
    device().run(aes128_encrypt, by_definition::round_keys(block_of(key)), std::vector<Block>{block_of(plain)}, out);
    return text_of(out[0]);
  };
  EXPECT_EQ(encrypted("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734"),
            "3925841d02dc09fbdc118597196a0b32");
  EXPECT_EQ(encrypted("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff"),
            "69c4e0d86a7b0430d8cdb78070b4c55a");
}

TEST_P(Cryptography, EncryptsBlocks) {
  const auto random_block = [&] {
    const Bytes bytes = random_numbers<std::uint8_t>(16, 0, 255);
    Block block{};
    std::copy(bytes.begin(), bytes.end(), block.bytes);
    return block;
  };
  for (const std::size_t n : {0u, 1u, 257u}) {
    const auto keys = by_definition::round_keys(random_block());
    std::vector<Block> in(n);
    for (Block& each : in) each = random_block();
    std::vector<Block> out(n);
    std::vector<Block> rounds = in;
    device().over(n).run(aes128_encrypt, keys, in, out);
    device().over(n).run(aes_round, keys[3], rounds);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(text_of(out[i]), text_of(by_definition::encrypted(in[i], keys))) << i;
      ASSERT_EQ(text_of(rounds[i]), text_of(by_definition::round(in[i], keys[3], false))) << i;
    }
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Cryptography);

}  // namespace

}  // namespace library::cryptography
