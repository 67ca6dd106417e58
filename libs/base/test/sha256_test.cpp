#include <dotcompute/base/sha256.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using dotcompute::Sha256;

std::string hash_of(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish();
}

// The examples of FIPS 180-4's companion, and the empty message.
TEST(Sha256, GivesThePublishedHashes) {
  EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInPiecesOfAnySize) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>('a' + i % 26);
  const std::string expected = hash_of(text);
  for (std::size_t piece = 1; piece < 150; ++piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece) hash.update(std::string_view(text).substr(at, piece));
    EXPECT_EQ(hash.finish(), expected) << piece;
  }
}

TEST(Sha256, FieldsDoNotRunIntoEachOther) {
  const auto hash_of_fields = [](std::string_view first, std::string_view second) {
    Sha256 hash;
    hash.update_field(first);
    hash.update_field(second);
    return hash.finish();
  };
  EXPECT_NE(hash_of_fields("ab", "c"), hash_of_fields("a", "bc"));
}

}  // namespace
