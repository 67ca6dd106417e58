// Buffers in memory of the user's, and of std::pmr resources.

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/unified_buffer.hpp>

#include "memory_errors.hpp"

namespace {

using dotcompute::UnifiedBuffer;
using dotcompute::test::memory_error_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Adoption, shows_the_users_memory_without_a_copy) {
  std::vector<float> values{1, 2, 3};
  {
    UnifiedBuffer<float> buffer = UnifiedBuffer<float>::adopt(values);
    EXPECT_EQ(buffer.span().data(), values.data());
    EXPECT_THAT(buffer.span(), ElementsAre(1, 2, 3));
    EXPECT_EQ(buffer.state(), dotcompute::BufferState::host_only);
    buffer.slice(1, 1).fill(20);
  }
  EXPECT_THAT(values, ElementsAre(1, 20, 3));  // and it is still there.
}

TEST(Adoption, tells_when_the_last_hold_has_gone) {
  std::vector<float> values(3);
  int released = 0;
  dotcompute::detail::StorageHold hold;
  {
    const auto buffer = UnifiedBuffer<float>::adopt(values, [&released] { ++released; });
    hold = buffer.share_storage();
  }
  EXPECT_EQ(released, 0);
  hold = {};
  EXPECT_EQ(released, 1);
}

TEST(Adoption, an_empty_span_is_an_empty_buffer) {
  int released = 0;
  EXPECT_TRUE(UnifiedBuffer<float>::adopt({}, [&released] { ++released; }).span().empty());
  EXPECT_EQ(released, 1);
}

TEST(Adoption, of_memory_that_is_not_aligned_says_what_is_wanted) {
  alignas(8) std::array<std::byte, 32> bytes{};
  auto* const odd = reinterpret_cast<float*>(bytes.data() + 1);
  int released = 0;
  EXPECT_THAT(
      memory_error_of([&] {
        static_cast<void>(UnifiedBuffer<float>::adopt(std::span<float>(odd, 4), [&released] { ++released; }));
      }),
      AllOf(
          HasSubstr("cannot adopt 4 elements of 4 bytes each at 0x"),
          HasSubstr("the address is no multiple of 4, their alignment; pass memory that is aligned, or copy it into a "
                    "buffer")));
  EXPECT_EQ(released, 0);
}

TEST(Adoption, of_memory_that_cannot_be_there_says_why) {
  float value = 0;
  constexpr std::size_t huge = std::numeric_limits<std::size_t>::max();
  EXPECT_THAT(memory_error_of([&] { static_cast<void>(UnifiedBuffer<float>::adopt(std::span<float>(&value, huge))); }),
              AllOf(HasSubstr("cannot adopt 18446744073709551615 elements of 4 bytes each at 0x"),
                    HasSubstr("that is more than memory can hold; pass the size of the memory that is there")));
  EXPECT_THAT(
      memory_error_of([&] { static_cast<void>(UnifiedBuffer<float>::adopt(std::span<float>(&value, huge / 4))); }),
      HasSubstr("that is more than memory can hold"));
  EXPECT_THAT(memory_error_of([&] {
                static_cast<void>(UnifiedBuffer<float>::adopt(std::span<float>(static_cast<float*>(nullptr), 4)));
              }),
              HasSubstr("the address is null; pass memory that holds them"));
}

TEST(Adoption, is_seen_as_other_elements_where_its_alignment_allows) {
  alignas(8) std::array<std::byte, 32> bytes{};
  UnifiedBuffer<std::byte> aligned = UnifiedBuffer<std::byte>::adopt(bytes);
  EXPECT_EQ(aligned.as<std::uint64_t>().size(), 4u);
  UnifiedBuffer<std::byte> odd = UnifiedBuffer<std::byte>::adopt(std::span(bytes).subspan(1, 8));
  EXPECT_THAT(
      memory_error_of([&] { static_cast<void>(odd.as<std::uint64_t>()); }),
      AllOf(HasSubstr("cannot see adopted memory at 0x"),
            HasSubstr("as elements that are aligned to 8 bytes; adopt memory that is, or copy it into a buffer")));
}

TEST(Adoption, of_more_elements_than_32_bits_count) {
  constexpr std::uint64_t size = (std::uint64_t{5} << 30) + 8;
  // Of its pages only those that are touched come into being.
  void* const memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) GTEST_SKIP() << "the system has no room for 5 GiB of addresses";
  {
    auto buffer = UnifiedBuffer<std::uint8_t>::adopt(std::span(static_cast<std::uint8_t*>(memory), size));
    EXPECT_EQ(buffer.size(), size);
    buffer.slice(size - 8, 8).fill(7);
    buffer.write(size - 1, std::array<std::uint8_t, 1>{9});
    EXPECT_EQ(buffer.as<std::uint64_t>().slice(size / 8 - 1, 1).span()[0], 0x0907070707070707u);
    EXPECT_EQ(buffer.slice(size - 10, 4).span()[1], 0u);
    EXPECT_THAT(
        memory_error_of([&] { static_cast<void>(buffer.slice(size - 4, 5)); }),
        HasSubstr("cannot take 5 elements of 1 bytes each from element 5368709124 on: there are 5368709128 elements"));
  }
  ::munmap(memory, size);
}

/// Counts what it gives, and gives no more than a limit.
class CountingResource final : public std::pmr::memory_resource {
 public:
  std::size_t live_bytes = 0;
  std::size_t alignment_bytes = 0;
  std::size_t limit_bytes = 1 << 20;

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (live_bytes + size > limit_bytes) throw std::bad_alloc();
    live_bytes += size;
    alignment_bytes = alignment;
    return std::pmr::new_delete_resource()->allocate(size, alignment);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    live_bytes -= size;
    std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST(MemoryResource, buffers_are_made_of_its_memory_and_give_it_back) {
  CountingResource resource;
  {
    const UnifiedBuffer<float> zeros(1000, resource);
    EXPECT_EQ(resource.live_bytes, 4000u);
    EXPECT_EQ(resource.alignment_bytes, 64u);
    for (const float value : zeros.span()) ASSERT_EQ(value, 0.0f);
    UnifiedBuffer<float> unspecified(1000, dotcompute::uninitialized, resource);
    unspecified.fill(1);
    const std::array<float, 3> values{1, 2, 3};
    const UnifiedBuffer<float> copy(values, resource);
    EXPECT_THAT(copy.span(), ElementsAre(1, 2, 3));
    EXPECT_EQ(resource.live_bytes, 8012u);
    const UnifiedBuffer<float> none(0, resource);
  }
  EXPECT_EQ(resource.live_bytes, 0u);
}

TEST(MemoryResource, that_has_no_more_is_an_error_with_the_sizes) {
  CountingResource resource;
  EXPECT_THAT(
      memory_error_of([&] { UnifiedBuffer<float> buffer(1'000'000, resource); }),
      HasSubstr("cannot allocate 1000000 elements of 4 bytes each on the host: their memory resource has no room"));
  EXPECT_THAT(
      memory_error_of([&] { UnifiedBuffer<float> buffer(std::numeric_limits<std::uint64_t>::max() / 2, resource); }),
      HasSubstr("that is more than memory can ever hold"));
}

}  // namespace
