// Devices with less memory than launches want: what gives way, in which order, and what is refused.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "device_fixture.hpp"

namespace {

using dotcompute::AcceleratorMemoryOptions;
using dotcompute::BufferState;
using dotcompute::LaunchReport;
using dotcompute::MemoryStatistics;
using dotcompute::OutOfMemoryError;
using dotcompute::UnifiedBuffer;
using dotcompute::test::message_of;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
constexpr std::uint64_t stream_scale = 1000;
constexpr std::size_t many_buffers = 20'000;
#else
constexpr std::uint64_t stream_scale = 1;
constexpr std::size_t many_buffers = 1'000'000;
#endif

/// A runtime whose device "test:0" has a cap.
class DeviceMemory : public testing::Test {
 protected:
  void open(const AcceleratorMemoryOptions& options) {
    dotcompute::RuntimeParts parts = dotcompute::test::parts_with_devices(state, {{}});
    parts.memory = {options};
    core = std::make_unique<dotcompute::detail::RuntimeCore>(std::move(parts));
  }
  void open(std::uint64_t cap_bytes) { open({.accelerator = "test:0", .cap_bytes = cap_bytes}); }
  [[nodiscard]] dotcompute::Launcher device() { return dotcompute::Launcher(*core).on("test:0"); }
  [[nodiscard]] MemoryStatistics statistics() { return core->memory("test:0").statistics(); }

  dotcompute::test::Registration demo{dotcompute::test::demo_unit()};
  std::shared_ptr<dotcompute::test::TestDeviceState> state = std::make_shared<dotcompute::test::TestDeviceState>();
  std::unique_ptr<dotcompute::detail::RuntimeCore> core;
};

UnifiedBuffer<float> filled(std::uint64_t bytes, float value) {
  UnifiedBuffer<float> buffer(bytes / sizeof(float), dotcompute::uninitialized);
  buffer.fill(value);
  return buffer;
}

/// Quick where they are many.
bool are_all(std::span<const float> values, float expected) {
  return std::ranges::all_of(values, [&](float value) { return value == expected; });
}

TEST_F(DeviceMemory, a_warm_loop_allocates_nothing_and_copies_nothing) {
  open(0);
  UnifiedBuffer<float> x = filled(4000, 1.0f), y = filled(4000, 0.0f);
  const dotcompute::Launcher launcher = device();
  EXPECT_EQ(launcher.run(demo::saxpy, 1.0f, x, y).bytes_to_device, 8000u);
  const MemoryStatistics before = statistics();
  const std::uint64_t allocations = state->allocations;
  for (int i = 1; i < 1000; ++i) {
    const LaunchReport report = launcher.run(demo::saxpy, 1.0f, x, y);
    ASSERT_EQ(report.bytes_to_device + report.bytes_to_host, 0u);
  }
  const MemoryStatistics after = statistics();
  EXPECT_EQ(state->allocations, allocations);
  EXPECT_EQ(after.hits + after.misses, before.hits + before.misses);
  EXPECT_EQ(state->written_bytes, 8000u);
  EXPECT_EQ(state->read_bytes, 0u);
  EXPECT_THAT(y.span(), Each(1000.0f));
  EXPECT_EQ(state->read_bytes, 4000u);
}

TEST_F(DeviceMemory, plain_memory_takes_the_same_blocks_again) {
  open(0);
  std::vector<float> x(1000, 1.0f), y(1000, 0.0f);
  for (int i = 0; i < 100; ++i) device().run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y, Each(100.0f));
  EXPECT_EQ(statistics().source_allocations, 2u);
  EXPECT_EQ(statistics().hits, 198u);
  EXPECT_EQ(statistics().live_blocks, 0u);
}

TEST_F(DeviceMemory, buffers_that_go_leave_their_memory_to_the_next) {
  open(0);
  for (int i = 0; i < 100; ++i) {
    UnifiedBuffer<float> x = filled(4000, 1.0f), y = filled(4000, 2.0f);
    device().run(demo::saxpy, 1.0f, x, y);
    EXPECT_EQ(y.span()[999], 3.0f);
  }
  EXPECT_LE(statistics().source_allocations, 4u);
  core->memory("test:0").trim();
  EXPECT_EQ(state->used_bytes, 0u);
}

TEST_F(DeviceMemory, far_more_than_it_has_goes_through_it) {
  const std::uint64_t cap = 100'000'000 / stream_scale;
  const std::uint64_t all = 10'000'000'000 / stream_scale / (stream_scale > 1 ? 10 : 1);
  open(cap);
  constexpr std::size_t pairs = 10;
  constexpr std::size_t computed = 1000;
  std::vector<UnifiedBuffer<float>> x, y;
  for (std::size_t i = 0; i < pairs; ++i) {
    x.push_back(filled(cap / 10, static_cast<float>(i + 1)));
    y.push_back(filled(cap / 10, 0.0f));
  }
  std::uint64_t rounds = 0;
  for (; state->written_bytes + state->read_bytes < all; ++rounds) {
    // All of a buffer travels; to compute a part of it saves time.
    for (std::size_t i = 0; i < pairs; ++i) device().over(computed).run(demo::saxpy, 1.0f, x[i], y[i]);
    ASSERT_LE(state->used_bytes, cap);
  }
  EXPECT_GT(statistics().spills, pairs);
  EXPECT_LE(statistics().peak_bytes, cap);
  for (std::size_t i = 0; i < pairs; ++i) {
    EXPECT_TRUE(are_all(x[i].span(), static_cast<float>(i + 1))) << i;
    EXPECT_TRUE(are_all(y[i].span().first(computed), static_cast<float>(rounds * (i + 1)))) << i;
    EXPECT_TRUE(are_all(y[i].span().subspan(computed), 0.0f)) << i;
  }
}

TEST_F(DeviceMemory, what_is_elsewhere_too_goes_first) {
  open(40'000);
  UnifiedBuffer<float> dirty_x = filled(8000, 1.0f), dirty = filled(8000, 0.0f);
  device().run(demo::saxpy, 1.0f, dirty_x, dirty);
  UnifiedBuffer<float> x = filled(8000, 1.0f), y = filled(8000, 0.0f);
  device().run(demo::saxpy, 1.0f, x, y);
  // Room for one more; of the four, the two that were only read have a copy on the host.
  UnifiedBuffer<float> new_x = filled(8000, 1.0f), new_y = filled(16'000, 0.0f);
  device().over(2000).run(demo::saxpy, 1.0f, new_x, new_y);
  EXPECT_EQ(statistics().spills, 2u);
  EXPECT_EQ(state->read_bytes, 0u);
  EXPECT_EQ(dirty.state(), BufferState::device_dirty);
  EXPECT_EQ(y.state(), BufferState::device_dirty);
  EXPECT_EQ(x.state(), BufferState::host_only);
  // Now only what was written is left to go.
  UnifiedBuffer<float> other = filled(8000, 1.0f), sum = filled(16'000, 0.0f);
  device().over(2000).run(demo::saxpy, 1.0f, other, sum);
  EXPECT_GT(state->read_bytes, 0u);
  for (const UnifiedBuffer<float>* each : {&dirty, &y}) EXPECT_THAT(each->span(), Each(1.0f));
}

TEST_F(DeviceMemory, free_blocks_and_callbacks_come_before_buffers) {
  open(41'000);
  std::vector<UnifiedBuffer<float>> hoard;
  UnifiedBuffer<float> x = filled(10'000, 1.0f), y = filled(10'000, 0.0f);
  device().run(demo::saxpy, 1.0f, x, y);
  hoard.push_back(filled(10'000, 1.0f));
  hoard.push_back(filled(10'000, 1.0f));
  device().run(demo::saxpy, 1.0f, hoard[0], hoard[1]);
  int calls = 0;
  {
    const auto registration = core->memory("test:0").on_pressure([&](std::uint64_t wanted) {
      ++calls;
      EXPECT_GE(wanted, 10'000u);
      hoard.clear();
      return wanted;
    });
    std::vector<float> a(2500, 1.0f), b(2500, 0.0f);
    device().run(demo::saxpy, 1.0f, a, b);
    EXPECT_THAT(b, Each(1.0f));
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(statistics().spills, 0u);
  EXPECT_EQ(y.state(), BufferState::device_dirty);
}

TEST_F(DeviceMemory, a_working_set_that_cannot_fit_is_refused_by_name) {
  open(100'000);
  UnifiedBuffer<float> kept = filled(40'000, 1.0f);
  device().run(demo::saxpy, 1.0f, kept, kept);
  UnifiedBuffer<float> x = filled(60'000, 1.0f), y = filled(60'000, 0.0f);
  EXPECT_THAT(
      message_of<OutOfMemoryError>([&] { device().run(demo::saxpy, 1.0f, x, y); }),
      AllOf(HasSubstr("kernel demo::saxpy on test:0: its arguments do not fit at once: 'x' of 60000 bytes, 'y' of "
                      "60000 bytes, 120000 in all, and 100000 bytes are the most that may be used"),
            HasSubstr("launch over less, raise the cap in RuntimeOptions::memory, or use another device")));
  // Nothing had to leave for that.
  EXPECT_EQ(statistics().spills, 0u);
  EXPECT_EQ(kept.state(), BufferState::device_dirty);
  std::vector<float> plain(30'000);
  EXPECT_THAT(message_of<OutOfMemoryError>([&] { device().run(demo::saxpy, 1.0f, plain, plain); }),
              HasSubstr("'x' of 120000 bytes, 120000 in all"));
}

TEST_F(DeviceMemory, a_driver_without_room_is_quoted_with_all_sizes) {
  open(0);
  EXPECT_EQ(statistics().held_bytes, 0u);
  state->memory_bytes = 100'000;
  UnifiedBuffer<float> x = filled(60'000, 1.0f), y = filled(60'000, 0.0f);
  EXPECT_THAT(
      message_of<OutOfMemoryError>([&] { device().run(demo::saxpy, 1.0f, x, y); }),
      AllOf(HasSubstr("kernel demo::saxpy on test:0: argument 'y' of 60000 bytes does not fit: test:0 has no room "
                      "for 60000 bytes: "),
            HasSubstr("bytes are in use in 1 blocks and 0 bytes are cached"),
            HasSubstr("test:0 has 38560 of 100000 bytes free and 60032 were asked for")));
}

TEST_F(DeviceMemory, launches_that_need_more_than_half_each_take_turns) {
  open(100'000);
  constexpr std::size_t thread_count = 4;
  constexpr int rounds = 50;
  std::vector<UnifiedBuffer<float>> x, y;
  for (std::size_t i = 0; i < thread_count; ++i) {
    x.push_back(filled(36'000, static_cast<float>(i + 1)));
    y.push_back(filled(36'000, 0.0f));
  }
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (std::size_t i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      try {
        for (int round = 0; round < rounds; ++round) device().run(demo::saxpy, 1.0f, x[i], y[i]);
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
        ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_LE(statistics().peak_bytes, 100'000u);
  for (std::size_t i = 0; i < thread_count; ++i) {
    EXPECT_THAT(y[i].span(), Each(static_cast<float>(rounds * (i + 1))));
  }
}

TEST_F(DeviceMemory, asynchronous_launches_over_more_than_it_has) {
  open(100'000);
  constexpr std::size_t count = 12;
  state->delays = true;
  std::vector<UnifiedBuffer<float>> y;
  UnifiedBuffer<float> x = filled(16'000, 1.0f);
  for (std::size_t i = 0; i < count; ++i) y.push_back(filled(16'000, static_cast<float>(i)));
  for (int round = 0; round < 5; ++round) {
    std::vector<dotcompute::Task<LaunchReport>> tasks;
    for (std::size_t i = 0; i < count; ++i) tasks.push_back(device().execute(demo::saxpy, 1.0f, x, y[i]));
    for (auto& task : tasks) task.get();
  }
  for (std::size_t i = 0; i < count; ++i) EXPECT_THAT(y[i].span(), Each(static_cast<float>(i + 5)));
  EXPECT_GT(statistics().spills, 0u);
}

TEST_F(DeviceMemory, a_million_buffers_live_at_once) {
  open(0);
  std::vector<UnifiedBuffer<float>> buffers;
  buffers.reserve(many_buffers);
  for (std::size_t i = 0; i < many_buffers; ++i) buffers.push_back(filled(16, static_cast<float>(i % 1000)));
  constexpr std::size_t stride = 50;
  const dotcompute::Launcher launcher = device();
  for (std::size_t i = 0; i + 1 < many_buffers; i += stride) {
    launcher.run(demo::saxpy, 1.0f, buffers[i], buffers[i + 1]);
  }
  EXPECT_EQ(statistics().live_blocks, many_buffers / stride * 2);
  for (std::size_t i = 0; i + 1 < many_buffers; i += stride * 97) {
    ASSERT_EQ(buffers[i + 1].span()[3], static_cast<float>(i % 1000 + (i + 1) % 1000));
  }
  buffers.clear();
  EXPECT_EQ(statistics().live_blocks, 0u);
}

TEST_F(DeviceMemory, options_are_of_the_device_they_name) {
  dotcompute::RuntimeParts parts =
      dotcompute::test::parts_with_devices(state, {{}, {.id = "test:1"}, {.id = "test:2"}});
  parts.memory = {{.cap_bytes = 5000}, {.accelerator = "test:1", .cap_bytes = 6000}, {.accelerator = "test:2"}};
  dotcompute::detail::RuntimeCore own(std::move(parts));
  EXPECT_EQ(own.memory("test:0").statistics().cap_bytes, 5000u);
  EXPECT_EQ(own.memory("test:1").statistics().cap_bytes, 6000u);
  EXPECT_EQ(own.memory("test:2").statistics().cap_bytes, state->memory_bytes);
  EXPECT_THROW(static_cast<void>(own.memory("test:7")), dotcompute::DeviceNotAvailableError);
  const MemoryStatistics before = own.memory("cpu").statistics();
  const UnifiedBuffer<float> large(2'000'000);
  EXPECT_EQ(own.memory("cpu").statistics().live_blocks, before.live_blocks + 1);
}

TEST_F(DeviceMemory, blocks_are_checked_where_that_is_asked_for) {
  open({.checks = dotcompute::MemoryChecks::on});
  {
    UnifiedBuffer<float> x = filled(4000, 1.0f), y = filled(4000, 2.0f);
    for (int i = 0; i < 3; ++i) device().run(demo::saxpy, 1.0f, x, y);
    EXPECT_THAT(y.span(), Each(5.0f));
    std::vector<float> plain(1000, 1.0f);
    device().run(demo::saxpy, 1.0f, x, plain);
    EXPECT_THAT(plain, Each(2.0f));
  }
  testing::internal::CaptureStderr();
  core.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(DeviceMemory, a_fault_names_where_the_buffer_was_made) {
  open({.checks = dotcompute::MemoryChecks::on});
  const dotcompute::Accelerator& accelerator = *core->device("test:0").device;
  const auto fault_in = [&](UnifiedBuffer<float> buffer) {
    const std::uintptr_t handle = buffer.native_handle(accelerator, dotcompute::Access::write);
    reinterpret_cast<std::byte*>(handle)[buffer.size_bytes()] = std::byte{1};
    testing::internal::CaptureStderr();
    buffer = {};
    return testing::internal::GetCapturedStderr();
  };
  const auto names_line = [](std::uint32_t line) {
    return HasSubstr("a block of 400 bytes on test:0, allocated at " + std::string(__FILE__) + ":" +
                     std::to_string(line) + " in ");
  };
  std::vector<float> values(100);
  constexpr std::uint32_t first_line = std::source_location::current().line() + 1;
  EXPECT_THAT(fault_in(UnifiedBuffer<float>(100)), names_line(first_line));
  EXPECT_THAT(fault_in(UnifiedBuffer<float>(100, dotcompute::uninitialized)), names_line(first_line + 1));
  EXPECT_THAT(fault_in(UnifiedBuffer(values)), names_line(first_line + 2));
  EXPECT_THAT(fault_in(UnifiedBuffer(std::span(values))), names_line(first_line + 3));
  EXPECT_THAT(fault_in(UnifiedBuffer<float>::adopt(values)), names_line(first_line + 4));
  EXPECT_THAT(fault_in(UnifiedBuffer<float>::adopt(values, [] {})), names_line(first_line + 5));
}

}  // namespace
