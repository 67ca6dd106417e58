// What a pool that checks finds, and that it names where the block was allocated.

#include <dotcompute/memory/memory_pool.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/memory/device_memory_source.hpp>

#include "counting_source.hpp"
#include "test_device.hpp"

namespace {

using dotcompute::MemoryPool;
using dotcompute::PoolBlock;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Checks : public testing::Test {
 protected:
  dotcompute::MemoryPoolOptions options() {
    return {.checks = true, .on_fault = [this](const std::string& fault) { faults.push_back(fault); }};
  }
  static std::string place(std::uint32_t line) {
    return std::string(std::source_location::current().file_name()) + ":" + std::to_string(line);
  }

  std::vector<std::string> faults;
  dotcompute::test::CountingSource source{true};
};

TEST_F(Checks, nothing_is_said_of_what_is_right) {
  {
    MemoryPool pool(source, options());
    for (const std::uint64_t size : {0, 1, 100, 5000, 3'000'000}) {
      for (int i = 0; i < 3; ++i) {
        const PoolBlock block = pool.allocate(size);
        std::ranges::fill(block.bytes(), std::byte{1});
      }
    }
    EXPECT_EQ(pool.statistics().hits, 10u);
  }
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(source.used_bytes, 0u);
}

TEST_F(Checks, a_write_behind_the_end) {
  MemoryPool pool(source, options());
  const auto line = std::source_location::current().line() + 1;
  PoolBlock block = pool.allocate(100);
  block.bytes().data()[100] = std::byte{1};
  block.give_back();
  EXPECT_THAT(faults, ElementsAre(AllOf(HasSubstr("a block of 100 bytes on test:0, allocated at " + place(line)),
                                        HasSubstr("was written behind its end: byte 100 became 0x01"))));
  static_cast<void>(pool.allocate(100));
  EXPECT_EQ(faults.size(), 1u);
}

TEST_F(Checks, a_write_after_it_was_given_back) {
  MemoryPool pool(source, options());
  for (const std::uint64_t size : {std::uint64_t{100}, std::uint64_t{3'000'000}}) {
    const auto line = std::source_location::current().line() + 1;
    PoolBlock block = pool.allocate(size);
    std::byte* const late = &block.bytes()[size - 3];
    block.give_back();
    EXPECT_THAT(faults, IsEmpty());
    *late = std::byte{0xFE};
    // At reuse, and where it goes back to the source.
    if (size == 100) {
      static_cast<void>(pool.allocate(size));
    } else {
      pool.trim();
    }
    EXPECT_THAT(faults, ElementsAre(AllOf(HasSubstr("allocated at " + place(line)),
                                          HasSubstr("was written after it was given back: byte " +
                                                    std::to_string(size - 3) + " became 0xfe"))));
    faults.clear();
  }
}

TEST_F(Checks, a_block_that_outlives_its_pool) {
  std::optional<MemoryPool> pool;
  pool.emplace(source, options());
  const auto line = std::source_location::current().line() + 1;
  PoolBlock block = pool->allocate(100);
  pool.reset();
  EXPECT_THAT(faults, ElementsAre(AllOf(HasSubstr("a block of 100 bytes on test:0, allocated at " + place(line)),
                                        HasSubstr("was not given back before its pool was destroyed"))));
  EXPECT_EQ(source.used_bytes, 0u);
  block.give_back();
}

TEST_F(Checks, without_a_handler_faults_go_to_standard_error) {
  testing::internal::CaptureStderr();
  {
    MemoryPool pool(source, {.checks = true});
    PoolBlock block = pool.allocate(64);
    block.bytes().data()[64] = std::byte{1};
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("dotcompute: a block of 64 bytes on test:0"));
}

TEST_F(Checks, memory_of_a_device_is_looked_at_through_a_stream) {
  const auto state = std::make_shared<dotcompute::test::TestDeviceState>();
  dotcompute::test::TestDevice device({}, state);
  dotcompute::DeviceMemorySource own(device);
  dotcompute::detail::SharedStream stream(device, 0);
  MemoryPool pool(own, options());
  const std::byte value{9};
  const auto write = [&](PoolBlock& block, std::uint64_t at) {
    return dotcompute::detail::StreamMark{&stream, stream.stream().write(block.memory(), at, {&value, 1})};
  };
  PoolBlock block = pool.allocate(1000);
  const auto behind = write(block, 1001);
  behind.wait();
  block.give_back({behind});
  EXPECT_THAT(faults, ElementsAre(HasSubstr("byte 1001 became 0x09")));
  faults.clear();
  block = pool.allocate(1000);
  dotcompute::DeviceMemory& kept = block.memory();
  block.give_back();
  stream.stream().wait(stream.stream().write(kept, 5, {&value, 1}));
  block = pool.allocate(1000);
  EXPECT_THAT(faults, ElementsAre(HasSubstr("after it was given back: byte 5 became 0x09")));
  faults.clear();
  // What is under way is not looked at, and not waited for.
  state->is_paused = true;
  block.give_back({write(block, 1001)});
  block = pool.allocate(1000, &stream);
  EXPECT_EQ(block.pending().size(), 1u);
  state->is_paused = false;
  block.give_back();
  EXPECT_THAT(faults, IsEmpty());
}

}  // namespace
