// Parts of buffers on the host: slices, other element types, copies, mappings, and what is wrong with them.

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/unified_buffer.hpp>

#include "memory_errors.hpp"

namespace {

using dotcompute::Access;
using dotcompute::BufferView;
using dotcompute::Mapping;
using dotcompute::UnifiedBuffer;
using dotcompute::test::memory_error_of;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();

std::vector<std::int32_t> count_to(std::int32_t size) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

template <class T>
concept Sliceable = requires(T&& buffer) {
  { std::forward<T>(buffer).slice(0, 1) } -> std::same_as<BufferView<const int>>;
} || requires(T&& buffer) {
  { std::forward<T>(buffer).slice(0, 1) } -> std::same_as<BufferView<int>>;
};
static_assert(Sliceable<UnifiedBuffer<int>&> && Sliceable<const UnifiedBuffer<int>&>);
static_assert(!Sliceable<UnifiedBuffer<int>>, "a view of a temporary would show memory that is gone");
static_assert(std::convertible_to<BufferView<int>, BufferView<const int>> &&
              !std::convertible_to<BufferView<const int>, BufferView<int>>);
static_assert(std::is_trivially_copyable_v<BufferView<int>> && !std::is_copy_constructible_v<Mapping<int>>);

TEST(BufferView, slices_show_the_elements_of_their_buffer) {
  UnifiedBuffer<std::int32_t> buffer(count_to(10));
  const BufferView<std::int32_t> middle = buffer.slice(2, 5);
  EXPECT_EQ(middle.size(), 5u);
  EXPECT_EQ(middle.size_bytes(), 20u);
  EXPECT_THAT(middle.span(), ElementsAre(2, 3, 4, 5, 6));
  const BufferView<const std::int32_t> inner = middle.slice(1, 2);
  EXPECT_THAT(inner.span(), ElementsAre(3, 4));
  middle.fill(-1);
  middle.slice(4, 1).mutable_span()[0] = 60;
  EXPECT_THAT(buffer.span(), ElementsAre(0, 1, -1, -1, -1, -1, 60, 7, 8, 9));
  EXPECT_THAT(inner.span(), ElementsAre(-1, -1));
}

TEST(BufferView, a_view_lives_on_with_the_buffer_that_the_memory_moved_to) {
  UnifiedBuffer<std::int32_t> first(count_to(4));
  const BufferView<std::int32_t> view = first.slice(1, 2);
  const UnifiedBuffer<std::int32_t> second = std::move(first);
  EXPECT_THAT(view.span(), ElementsAre(1, 2));
}

TEST(BufferView, reads_and_writes_of_a_part) {
  UnifiedBuffer<std::int32_t> buffer(count_to(6));
  std::array<std::int32_t, 3> out{};
  buffer.read(3, out);
  EXPECT_THAT(out, ElementsAre(3, 4, 5));
  buffer.write(1, std::array{10, 20});
  buffer.slice(4, 2).write(1, std::array{50});
  EXPECT_THAT(buffer.span(), ElementsAre(0, 10, 20, 3, 4, 50));
  buffer.read(6, {});
  buffer.write(6, {});
}

TEST(BufferView, copies_between_buffers_and_their_parts) {
  const UnifiedBuffer<std::int32_t> from(count_to(6));
  UnifiedBuffer<std::int32_t> to(6);
  to.copy_from(from);
  EXPECT_THAT(to.span(), ElementsAre(0, 1, 2, 3, 4, 5));
  from.slice(4, 2).copy_to(to.slice(0, 2));
  from.copy_to(to.view());
  to.slice(0, 3).copy_from(from.slice(3, 3));
  EXPECT_THAT(to.span(), ElementsAre(3, 4, 5, 3, 4, 5));
}

TEST(BufferView, a_copy_within_a_buffer_may_overlap) {
  UnifiedBuffer<std::int32_t> buffer(count_to(6));
  buffer.slice(1, 5).copy_from(buffer.slice(0, 5));
  EXPECT_THAT(buffer.span(), ElementsAre(0, 0, 1, 2, 3, 4));
  buffer.slice(0, 5).copy_from(buffer.slice(1, 5));
  EXPECT_THAT(buffer.span(), ElementsAre(0, 1, 2, 3, 4, 4));
  buffer.copy_from(buffer);
  EXPECT_THAT(buffer.span(), ElementsAre(0, 1, 2, 3, 4, 4));
}

TEST(BufferView, a_part_of_a_buffer_without_content_has_the_content_that_is_written_to_it) {
  UnifiedBuffer<std::int32_t> buffer(4, dotcompute::uninitialized);
  buffer.write(2, std::array{7, 8});
  EXPECT_THAT(buffer.slice(2, 2).span(), ElementsAre(7, 8));
}

struct Pair {
  std::int32_t low;
  std::int32_t high;
};
struct Twelve {
  std::int32_t values[3];
};
struct alignas(64) Line {
  std::uint64_t values[8];
};
struct Odd {
  std::uint8_t values[5];
};

TEST(BufferView, sees_its_bytes_as_other_elements) {
  UnifiedBuffer<std::int32_t> buffer(count_to(6));
  const auto pairs = buffer.as<Pair>();
  static_assert(std::is_same_v<decltype(pairs), const BufferView<Pair>>);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs.span()[2].high, 5);
  pairs.slice(1, 1).fill({-2, -3});
  EXPECT_THAT(buffer.span(), ElementsAre(0, 1, -2, -3, 4, 5));
  const UnifiedBuffer<std::int32_t>& constant = buffer;
  static_assert(std::is_same_v<decltype(constant.as<Pair>()), BufferView<const Pair>>);
  EXPECT_EQ(constant.slice(3, 3).as<Twelve>().span()[0].values[2], 5);
  EXPECT_EQ(constant.as<std::uint8_t>().size(), 24u);
  EXPECT_EQ(constant.slice(0, 0).as<Line>().size(), 0u);
}

TEST(BufferView, a_cast_that_does_not_come_out_even_says_the_sizes) {
  UnifiedBuffer<std::int32_t> buffer(5);
  EXPECT_THAT(
      memory_error_of([&] { static_cast<void>(buffer.as<Pair>()); }),
      HasSubstr("cannot see 5 elements (20 bytes) as elements of 8 bytes: 4 bytes are left over; slice it first"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.slice(1, 2).as<Pair>()); }),
              HasSubstr("cannot see 2 elements (8 bytes) as elements of 8 bytes: they begin at byte 4 of their buffer, "
                        "which is no multiple of 8; slice it first"));
}

TEST(BufferView, a_part_past_the_end_says_what_was_asked_for_and_what_there_is) {
  UnifiedBuffer<std::int32_t> buffer(10);
  EXPECT_THAT(
      memory_error_of([&] { static_cast<void>(buffer.slice(5, 6)); }),
      HasSubstr("cannot take 6 elements of 4 bytes each from element 5 on: there are 10 elements (40 bytes); ask "
                "for elements that are there"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.slice(11, 0)); }),
              HasSubstr("0 elements of 4 bytes each from element 11"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.slice(1, huge)); }),
              HasSubstr("18446744073709551615 elements of 4 bytes"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.slice(huge, 2)); }),
              HasSubstr("from element 18446744073709551615 on"));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.slice(2, 4).slice(3, 2)); }),
              HasSubstr("there are 4 elements (16 bytes)"));
  std::array<std::int32_t, 3> three{};
  EXPECT_THAT(memory_error_of([&] { buffer.read(8, three); }), HasSubstr("cannot take 3 elements"));
  EXPECT_THAT(memory_error_of([&] { buffer.write(8, three); }), HasSubstr("cannot take 3 elements"));
  EXPECT_EQ(buffer.slice(10, 0).size(), 0u);
  EXPECT_EQ(buffer.slice(0, 10).size(), 10u);
}

TEST(BufferView, copies_of_different_sizes_say_both) {
  UnifiedBuffer<std::int32_t> buffer(10);
  const UnifiedBuffer<std::int32_t> other(1);
  EXPECT_THAT(memory_error_of([&] { buffer.copy_from(other); }),
              HasSubstr("cannot copy 1 element (4 bytes) into 10 elements (40 bytes): the sizes must be equal"));
  EXPECT_THAT(memory_error_of([&] { buffer.slice(0, 2).copy_to(buffer.slice(4, 3)); }),
              HasSubstr("cannot copy 2 elements (8 bytes) into 3 elements (12 bytes)"));
  std::array<std::int32_t, 3> three{};
  EXPECT_THAT(memory_error_of([&] { buffer.slice(0, 2).copy_to(three); }), HasSubstr("cannot copy 2 elements"));
  EXPECT_THAT(memory_error_of([&] { buffer.slice(0, 2).copy_from(three); }), HasSubstr("cannot copy 3 elements"));
}

template <class T>
class BufferViewOf : public testing::Test {};
using ElementTypes =
    testing::Types<bool, std::uint8_t, std::int16_t, float, double, std::uint64_t, Pair, Twelve, Line, Odd>;
TYPED_TEST_SUITE(BufferViewOf, ElementTypes);

TYPED_TEST(BufferViewOf, every_element_size) {
  const std::uint64_t count = 1001;
  UnifiedBuffer<TypeParam> buffer(count);
  ASSERT_EQ(buffer.size_bytes(), count * sizeof(TypeParam));
  std::vector<std::uint8_t> bytes(buffer.size_bytes());
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 2);  // good for bool too
  buffer.template as<std::uint8_t>().copy_from(bytes);
  UnifiedBuffer<TypeParam> copy(count, dotcompute::uninitialized);
  copy.slice(1, count - 1).copy_from(buffer.slice(1, count - 1));
  copy.slice(0, 1).copy_from(buffer.slice(0, 1));
  std::vector<std::uint8_t> out(bytes.size());
  std::as_const(copy).template as<std::uint8_t>().copy_to(out);
  EXPECT_EQ(out, bytes);
}

TEST(UnifiedBuffer, everything_with_a_buffer_that_was_moved_from_says_so) {
  UnifiedBuffer<std::int32_t> moved(count_to(3));
  const UnifiedBuffer<std::int32_t> now = std::move(moved);
  // NOLINTBEGIN(bugprone-use-after-move): this is what is tested
  std::array<std::int32_t, 3> three{};
  const auto says_so = HasSubstr(
      "a buffer was used after it was moved from; use the buffer that it was moved to, or assign another one to this "
      "first");
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(moved.span()); }), says_so);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(moved.mutable_span()); }), says_so);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(moved.view()); }), says_so);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(std::as_const(moved).slice(0, 0)); }), says_so);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(moved.as<Pair>()); }), says_so);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(moved.map(Access::read)); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.copy_from(three); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.copy_from(now); }), says_so);
  EXPECT_THAT(memory_error_of([&] { now.copy_to(moved); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.copy_to(three); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.read(0, three); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.write(0, three); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.fill(1); }), says_so);
  EXPECT_THAT(memory_error_of([&] { moved.synchronize(); }), says_so);
  EXPECT_EQ(moved.size(), 0u);
  EXPECT_EQ(moved.size_bytes(), 0u);
  EXPECT_TRUE(moved.empty());
  EXPECT_EQ(moved.state(), dotcompute::BufferState::uninitialized);
  moved = UnifiedBuffer<std::int32_t>(2);
  EXPECT_THAT(moved.span(), ElementsAre(0, 0));
  moved = UnifiedBuffer<std::int32_t>();
  EXPECT_TRUE(moved.span().empty());
  // NOLINTEND(bugprone-use-after-move)
}

TEST(BufferView, a_default_view_and_views_of_nothing_work) {
  const BufferView<std::int32_t> none;
  none.fill(1);
  none.synchronize();
  none.copy_from(std::span<const std::int32_t>());
  none.copy_from(none);
  EXPECT_TRUE(none.empty() && none.span().empty() && none.slice(0, 0).as<double>().empty());
  EXPECT_TRUE(none.map(Access::read_write).mutable_span().empty());
  UnifiedBuffer<std::int32_t> empty;
  EXPECT_TRUE(empty.view().empty() && empty.slice(0, 0).empty());
  UnifiedBuffer<std::int32_t> sized(0);
  EXPECT_TRUE(sized.map(Access::write).mutable_span().empty());
}

TEST(Mapping, readers_share_and_a_writer_is_alone) {
  UnifiedBuffer<std::int32_t> buffer(count_to(4));
  {
    const Mapping<std::int32_t> first = buffer.map(Access::read);
    const Mapping<const std::int32_t> second = std::as_const(buffer).map();
    EXPECT_THAT(first.span(), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(second.span(), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(
        memory_error_of([&] { static_cast<void>(buffer.slice(0, 2).map(Access::write)); }),
        HasSubstr("cannot map 8 bytes of a buffer of 16 bytes for writing: it is mapped for reading already; end "
                  "that mapping first"));
  }
  Mapping<std::int32_t> writer = buffer.slice(1, 2).map(Access::read_write);
  writer.mutable_span()[0] = 10;
  EXPECT_THAT(writer.span(), ElementsAre(10, 2));
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.map()); }),
              AllOf(HasSubstr("cannot map"), HasSubstr("for reading: it is mapped for writing already")));
  Mapping<std::int32_t> moved = std::move(writer);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.map(Access::read_write)); }), HasSubstr("already"));
  {
    const Mapping<std::int32_t> ended = std::move(moved);
  }
  EXPECT_THAT(buffer.map(Access::read).span(), ElementsAre(0, 10, 2, 3));
}

TEST(Mapping, that_reads_keeps_the_program_from_writing_past_it) {
  UnifiedBuffer<std::int32_t> buffer(4), other(4);
  const auto reads = buffer.map(Access::read);
  const auto says_so = HasSubstr(
      "cannot write 16 bytes of a buffer of 16 bytes: it is mapped for reading; end that mapping first, or use it");
  EXPECT_THAT(memory_error_of([&] { buffer.fill(1); }), says_so);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(buffer.mutable_span()); }), says_so);
  EXPECT_THAT(memory_error_of([&] { buffer.copy_from(other); }), says_so);
  EXPECT_THAT(buffer.span(), ElementsAre(0, 0, 0, 0));
  other.copy_from(buffer);
}

TEST(Mapping, keeps_the_memory_and_refuses_what_it_was_not_made_for) {
  const Mapping<std::int32_t> kept = [] {
    UnifiedBuffer<std::int32_t> buffer(count_to(2));
    return buffer.map(Access::read);
  }();
  EXPECT_THAT(kept.span(), ElementsAre(0, 1));
  EXPECT_EQ(kept.access(), Access::read);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(kept.mutable_span()); }),
              HasSubstr("a mapping for reading is used for writing; map the buffer with Access::read_write"));
  UnifiedBuffer<std::int32_t> buffer(2);
  const auto writes = buffer.map(Access::write);
  EXPECT_EQ(writes.mutable_span().size(), 2u);
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(writes.span()); }),
              HasSubstr("a mapping for writing is used for reading"));
}

TEST(Mapping, that_reads_is_not_written_from_one_that_writes) {
  UnifiedBuffer<std::int32_t> from(4), to(4);
  const auto writing = from.map(Access::read_write);
  std::ranges::fill(writing.mutable_span(), 5);
  {
    const auto reading = std::as_const(to).map();
    EXPECT_THAT(memory_error_of([&] { to.copy_from(from); }), HasSubstr("it is mapped for reading"));
  }
  to.copy_from(from);
  EXPECT_THAT(to.span(), Each(5));
}

}  // namespace
