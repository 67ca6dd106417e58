#include "image.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dotcompute::cuda {
namespace {

std::vector<std::byte> example() {
  static const std::vector<std::byte> code{std::byte{1}, std::byte{2}, std::byte{0}};
  return encode({.convention = Convention::raw, .kind = CodeKind::ptx, .target = "sm_90", .entry = "f", .code = code});
}

TEST(ImageTest, ComesBackAsItWas) {
  const std::vector<std::byte> bytes = example();
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->convention, Convention::raw);
  EXPECT_EQ(image->kind, CodeKind::ptx);
  EXPECT_EQ(image->target, "sm_90");
  EXPECT_EQ(image->entry, "f");
  EXPECT_THAT(image->code, testing::ElementsAre(std::byte{1}, std::byte{2}, std::byte{0}));
}

TEST(ImageTest, AnyFlippedBitIsSeen) {
  const std::vector<std::byte> whole = example();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> damaged = whole;
      damaged[at] ^= std::byte{1} << bit;
      EXPECT_FALSE(decode(damaged).has_value()) << "byte " << at << ", bit " << bit;
    }
  }
}

TEST(ImageTest, AnyOtherLengthIsSeen) {
  const std::vector<std::byte> whole = example();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode(std::span(whole).first(size)).has_value()) << size;
  }
  std::vector<std::byte> longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode(longer).has_value());
}

TEST(ImageTest, PtxWithoutItsEndIsNoImage) {
  const std::vector<std::byte> code{std::byte{'x'}};
  EXPECT_FALSE(decode(encode({.kind = CodeKind::ptx, .target = "sm_90", .entry = "f", .code = code})).has_value());
  EXPECT_FALSE(decode(encode({.kind = CodeKind::ptx, .target = "sm_90", .entry = "f", .code = {}})).has_value());
  EXPECT_TRUE(decode(encode({.kind = CodeKind::cubin, .target = "sm_90", .entry = "f", .code = code})).has_value());
}

TEST(ImageTest, NoiseIsNoImage) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::byte> noise(random() % 100);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    EXPECT_FALSE(decode(noise).has_value()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace dotcompute::cuda
