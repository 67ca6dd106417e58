#include <dotcompute/memory/unified_buffer.hpp>

#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

namespace {

using dotcompute::UnifiedBuffer;
using testing::HasSubstr;

static_assert(!std::is_copy_constructible_v<UnifiedBuffer<int>> &&
              std::is_nothrow_move_constructible_v<UnifiedBuffer<int>>);

template <class Action>
std::string memory_error_of(Action&& action) {
  try {
    action();
  } catch (const dotcompute::MemoryError& error) {
    return error.what();
  }
  return "no MemoryError";
}

std::uintptr_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

TEST(UnifiedBuffer, starts_as_zeros) {
  for (const std::uint64_t size : {1u, 15u, 4096u, 600'000u}) {
    const UnifiedBuffer<float> buffer(size);
    ASSERT_EQ(buffer.size(), size);
    EXPECT_EQ(buffer.size_bytes(), size * sizeof(float));
    for (const float value : buffer.span()) ASSERT_EQ(value, 0.0f);
  }
}

TEST(UnifiedBuffer, is_aligned_for_vectors_and_for_huge_pages_where_large) {
  const UnifiedBuffer<std::uint8_t> small(3, dotcompute::uninitialized);
  EXPECT_EQ(address(small.span().data()) % 64, 0u);
  const UnifiedBuffer<std::uint8_t> below((2u << 20) - 1, dotcompute::uninitialized);
  EXPECT_EQ(address(below.span().data()) % 64, 0u);
  const UnifiedBuffer<std::uint8_t> large((2u << 20) + 1, dotcompute::uninitialized);
  EXPECT_EQ(address(large.span().data()) % (2u << 20), 0u);
}

TEST(UnifiedBuffer, copies_a_vector_and_a_span_and_gives_them_back) {
  std::vector<std::int32_t> values(1000);
  std::iota(values.begin(), values.end(), 0);
  const UnifiedBuffer from_vector(values);
  const UnifiedBuffer from_span(std::span<const std::int32_t>(values).first(10));
  static_assert(std::is_same_v<decltype(from_vector), const UnifiedBuffer<std::int32_t>>);
  std::vector<std::int32_t> out(1000);
  from_vector.copy_to(out);
  EXPECT_EQ(out, values);
  EXPECT_EQ(from_span.size(), 10u);
  EXPECT_EQ(from_span.span().back(), 9);
}

TEST(UnifiedBuffer, writes_through_mutable_span_copy_from_and_fill) {
  UnifiedBuffer<double> buffer(4);
  buffer.fill(2.5);
  buffer.mutable_span()[2] = -1.0;
  EXPECT_THAT(buffer.span(), testing::ElementsAre(2.5, 2.5, -1.0, 2.5));
  buffer.copy_from(std::vector<double>{1, 2, 3, 4});
  EXPECT_THAT(buffer.span(), testing::ElementsAre(1, 2, 3, 4));
}

TEST(UnifiedBuffer, moving_hands_the_memory_over_and_leaves_an_empty_buffer) {
  UnifiedBuffer<int> first(5);
  first.mutable_span()[4] = 9;
  const int* const data = first.span().data();
  UnifiedBuffer<int> second = std::move(first);
  EXPECT_EQ(second.span().data(), data);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the state after a move is documented
  first = std::move(second);
  EXPECT_EQ(first.span()[4], 9);
  EXPECT_EQ(second.size(), 0u);
}

TEST(UnifiedBuffer, empty_buffers_work) {
  UnifiedBuffer<int> empty;
  UnifiedBuffer<int> sized(0);
  empty.copy_from({});
  sized.copy_to({});
  sized.fill(1);
  EXPECT_TRUE(empty.empty() && sized.empty());
}

TEST(UnifiedBuffer, a_hold_keeps_the_memory_of_a_destroyed_buffer) {
  dotcompute::detail::StorageHold hold;
  {
    const UnifiedBuffer<int> buffer(std::vector<int>{7, 8});
    hold = buffer.share_storage();
  }
  EXPECT_EQ(reinterpret_cast<const int*>(hold.data())[1], 8);
}

TEST(UnifiedBuffer, a_copy_of_another_size_says_both_sizes) {
  UnifiedBuffer<int> buffer(3);
  EXPECT_THAT(
      memory_error_of([&] { buffer.copy_from(std::vector<int>(5)); }),
      HasSubstr("cannot copy 5 elements (20 bytes) into 3 elements (12 bytes): the sizes must be equal; pass a part of "
                "the larger one"));
  std::vector<int> out(2);
  EXPECT_THAT(memory_error_of([&] { buffer.copy_to(out); }),
              HasSubstr("cannot copy 3 elements (12 bytes) into 2 elements"));
}

TEST(UnifiedBuffer, an_impossible_size_says_the_sizes_and_the_fix) {
  constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_THAT(memory_error_of([] { UnifiedBuffer<double> buffer(huge); }),
              HasSubstr("cannot allocate 18446744073709551615 elements of 8 bytes each on the host: that is more than "
                        "memory can ever hold; ask for fewer elements"));
  EXPECT_THAT(memory_error_of([] { UnifiedBuffer<std::uint8_t> buffer(huge); }), HasSubstr("ask for fewer elements"));
}

TEST(UnifiedBuffer, a_refused_allocation_says_why_and_the_fix) {
  // More than the address space of a process, less than what the size check refuses.
  EXPECT_THAT(memory_error_of([] { UnifiedBuffer<double> buffer(std::uint64_t{1} << 55); }),
              testing::AllOf(HasSubstr("cannot allocate 36028797018963968 elements of 8 bytes each on the host: "),
                             HasSubstr("free memory or use fewer elements")));
}

}  // namespace
