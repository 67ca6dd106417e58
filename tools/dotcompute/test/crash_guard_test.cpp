#include "crash_guard.hpp"

#include <cstddef>

#include <gtest/gtest.h>

#include "array.hpp"

namespace dotcompute::tool {
namespace {

TEST(CrashGuard, EndsWithAMessageWhenAnArrayIsOverrun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Bytes bytes(100, "a test");
        const CrashGuard guard("demo::kernel", "cpu", false);
        // The array ends with its page, give or take its alignment.
        for (std::size_t i = 0; i < 200; ++i) static_cast<volatile std::byte*>(bytes.data())[i] = std::byte{1};
      },
      testing::ExitedWithCode(5),
      "dotcompute: kernel demo::kernel on cpu reached memory outside of its arrays; check its indices");
}

TEST(Bytes, AreAlignedZeroAndMovable) {
  for (const std::uint64_t size : {1U, 63U, 64U, 4096U, 5000U}) {
    Bytes bytes(size, "a test");
    EXPECT_EQ(bytes.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64, 0U);
    EXPECT_EQ(bytes.data()[size - 1], std::byte{0});
    bytes.data()[size - 1] = std::byte{7};
    const Bytes moved = std::move(bytes);
    EXPECT_EQ(moved.copy("a test").data()[size - 1], std::byte{7});
  }
  EXPECT_EQ(Bytes().size(), 0U);
  EXPECT_EQ(Bytes().copy("a test").size(), 0U);
}

}  // namespace
}  // namespace dotcompute::tool
