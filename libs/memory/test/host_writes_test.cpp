#include <dotcompute/memory/host_writes.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/memory/host_resource.hpp>
#include <dotcompute/memory/unified_buffer.hpp>

namespace {

using dotcompute::HostWork;
using dotcompute::UnifiedBuffer;
using dotcompute::detail::copy_on_host;
using dotcompute::detail::fill_on_host;
using dotcompute::detail::least_shared_bytes;

constexpr std::size_t mib = std::size_t{1} << 20;

template <class Values, class T>
bool all_are(const Values& values, const T& value) {
  return std::ranges::all_of(values, [&](const T& each) { return each == value; });
}

/// Has the second half done by another thread.
class TwoThreads final : public dotcompute::HostWorkers {
 public:
  bool share(const HostWork& work) noexcept override {
    ++calls_;
    last_ = work;
    std::thread other([&] { work.run(work.context, work.count / 2, work.count); });
    work.run(work.context, 0, work.count / 2);
    other.join();
    return true;
  }
  [[nodiscard]] int calls() const { return calls_; }
  [[nodiscard]] const HostWork& last() const { return last_; }

 private:
  int calls_ = 0;
  HostWork last_;
};

class HostWrites : public testing::Test {
 protected:
  TwoThreads workers_;
  dotcompute::HostWorkersOffer offer_{workers_};
};

TEST_F(HostWrites, of_large_arrays_are_shared) {
  std::vector<double> values(3 * mib, 1);
  fill_on_host(std::span(values), 2.5);
  EXPECT_EQ(workers_.calls(), 1);
  EXPECT_EQ(workers_.last().count, values.size());
  EXPECT_EQ(workers_.last().element_bytes, sizeof(double));
  EXPECT_TRUE(all_are(values, 2.5));
  fill_on_host(std::as_writable_bytes(std::span(values)), std::byte{0});
  EXPECT_EQ(workers_.calls(), 2);
  EXPECT_TRUE(all_are(values, 0.0));
  std::vector<double> from(values.size());
  std::iota(from.begin(), from.end(), 0.0);
  copy_on_host(reinterpret_cast<std::byte*>(values.data()), std::as_bytes(std::span(from)));
  EXPECT_EQ(workers_.calls(), 3);
  EXPECT_EQ(values, from);
}

TEST_F(HostWrites, of_small_arrays_are_the_callers) {
  std::vector<char> values(least_shared_bytes - 1, 'a');
  fill_on_host(std::span(values), 'b');
  EXPECT_TRUE(all_are(values, 'b'));
  fill_on_host(std::as_writable_bytes(std::span(values)), std::byte{0});
  EXPECT_TRUE(all_are(values, '\0'));
  const std::vector<char> from(values.size(), 'c');
  copy_on_host(reinterpret_cast<std::byte*>(values.data()), std::as_bytes(std::span(from)));
  EXPECT_EQ(values, from);
  EXPECT_EQ(workers_.calls(), 0);
}

TEST_F(HostWrites, to_what_is_read_are_the_callers) {
  std::vector<std::uint32_t> values(mib);
  std::iota(values.begin(), values.end(), 0u);
  const std::vector<std::uint32_t> before = values;
  const auto bytes = std::as_writable_bytes(std::span(values));
  copy_on_host(bytes.data() + 4, bytes.first(bytes.size() - 4));
  EXPECT_TRUE(std::equal(values.begin() + 1, values.end(), before.begin()));
  copy_on_host(bytes.data(), bytes.subspan(4));
  EXPECT_TRUE(std::equal(values.begin(), values.end() - 1, before.begin()));
  EXPECT_EQ(workers_.calls(), 0);
}

TEST_F(HostWrites, of_buffers_are_shared) {
  UnifiedBuffer<std::uint32_t> buffer(2 * mib, dotcompute::uninitialized);
  EXPECT_EQ(workers_.calls(), 0);
  buffer.fill(7);
  EXPECT_EQ(workers_.calls(), 1);
  EXPECT_TRUE(all_are(buffer.span(), 7u));
  const std::vector<std::uint32_t> values(2 * mib, 9);
  buffer.copy_from(values);
  EXPECT_EQ(workers_.calls(), 2);
  EXPECT_TRUE(all_are(buffer.span(), 9u));
  const UnifiedBuffer<std::uint32_t> copy(values);
  EXPECT_EQ(workers_.calls(), 3);
  EXPECT_TRUE(all_are(copy.span(), 9u));
}

#ifdef NDEBUG
/// How many pages the system has made.
std::size_t pages_made(const std::byte* memory, std::size_t size_bytes) {
  std::vector<unsigned char> pages((size_bytes + 4095) / 4096);
  EXPECT_EQ(mincore(const_cast<std::byte*>(memory), size_bytes, pages.data()), 0);
  return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; }));
}

// They come to lie where they are first used. In a debug build the pool's checks write on new blocks.
TEST_F(HostWrites, do_not_touch_new_zeros) {
  dotcompute::HostResource::instance().pool().trim(0);
  constexpr std::size_t size = 64 * mib;
  const UnifiedBuffer<std::byte> buffer(size);
  EXPECT_EQ(workers_.calls(), 0);
  const std::byte* const memory = buffer.share_storage().storage()->data();
  EXPECT_EQ(pages_made(memory, size), 0u);
  EXPECT_EQ(buffer.span()[size / 2], std::byte{0});
  EXPECT_GE(pages_made(memory, size), 1u);
}
#endif

TEST_F(HostWrites, make_zeros_of_memory_that_was_used) {
  constexpr std::size_t size = 64 * mib;
  dotcompute::HostResource& host = dotcompute::HostResource::instance();
  host.deallocate(host.allocate(size), size);
  const int before = workers_.calls();
  void* const memory = host.allocate_zeros(size);
  EXPECT_EQ(workers_.calls(), before + 1);
  EXPECT_TRUE(all_are(std::span(static_cast<const std::byte*>(memory), size), std::byte{0}));
  host.deallocate(memory, size);
}

}  // namespace
