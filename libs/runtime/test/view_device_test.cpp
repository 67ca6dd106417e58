// Parts of buffers on devices with memory of their own: only what is used travels.

#include <cstdint>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/base/task.hpp>

#include "device_fixture.hpp"

namespace {

using dotcompute::Access;
using dotcompute::arg;
using dotcompute::BufferState;
using dotcompute::LaunchReport;
using dotcompute::PreparedLaunch;
using dotcompute::UnifiedBuffer;
using dotcompute::test::message_of;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using ViewOnDevice = dotcompute::test::DeviceTest;

UnifiedBuffer<float> counted(std::uint64_t size) {
  UnifiedBuffer<float> buffer(size);
  float next = 0;
  for (float& value : buffer.mutable_span()) value = next++;
  return buffer;
}

TEST_F(ViewOnDevice, only_the_parts_that_are_used_travel) {
  const UnifiedBuffer<float> x = counted(100);
  UnifiedBuffer<float> y(100);
  const LaunchReport first = device.run(demo::saxpy, 1.0f, x.slice(30, 2), y.slice(1, 2));
  EXPECT_EQ(first.bytes_to_device, 16u);
  EXPECT_EQ(state->written_bytes, 16u);
  const LaunchReport second = device.run(demo::saxpy, 1.0f, x.slice(31, 4), y.slice(1, 4));
  EXPECT_EQ(second.bytes_to_device, 20u);  // Of each what the first did not bring.
  EXPECT_THAT(y.slice(0, 3).span(), ElementsAre(0, 61, 63));
  EXPECT_EQ(state->read_bytes, 8u);
  EXPECT_EQ(y.slice(3, 2).span()[1], 34.0f);
  EXPECT_EQ(state->read_bytes, 16u);
  EXPECT_THAT(y.span().subspan(5), Each(0.0f));
  EXPECT_EQ(state->read_bytes, 16u);
}

TEST_F(ViewOnDevice, by_name_prepared_and_asynchronously) {
  const UnifiedBuffer<float> x = counted(6);
  UnifiedBuffer<float> y(6);
  device.run("demo::saxpy", arg("a", 1.0f), arg("x", x.slice(3, 2)), arg("y", y.slice(1, 2)));
  device.execute("demo::saxpy", arg("a", 1.0f), arg("x", x.slice(3, 2)), arg("y", y.slice(1, 2))).get();
  device.execute(demo::saxpy, 10.0f, x.slice(0, 2), y.slice(4, 2)).get();
  const PreparedLaunch prepared = device.prepare(demo::saxpy, 1.0f, x.slice(5, 1), y.slice(0, 1));
  prepared.run();
  prepared.execute().get();
  EXPECT_THAT(y.span(), ElementsAre(10, 6, 8, 0, 0, 10));
}

TEST_F(ViewOnDevice, parts_of_one_buffer_in_one_launch) {
  UnifiedBuffer<float> buffer = counted(6);
  const LaunchReport report = device.run(demo::vector_add, buffer.slice(0, 2), buffer.slice(2, 2), buffer.slice(4, 2));
  EXPECT_EQ(report.bytes_to_device, 24u);
  EXPECT_EQ(state->allocations, 1u);
  EXPECT_THAT(buffer.span(), ElementsAre(0, 1, 2, 3, 2, 4));
  EXPECT_EQ(state->read_bytes, 8u);
}

TEST_F(ViewOnDevice, other_element_types_at_their_offsets) {
  UnifiedBuffer<std::uint8_t> bytes(64);
  device.run(demo::count_up, 0x01020304u, bytes.as<std::uint32_t>().slice(3, 2));
  EXPECT_EQ(bytes.slice(12, 1).span()[0], 4u);
  EXPECT_EQ(bytes.as<std::uint32_t>().slice(4, 1).span()[0], 0x01020305u);
}

TEST_F(ViewOnDevice, a_launch_retains_the_memory_behind_a_view) {
  state->is_paused = true;
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  auto task = device.execute(demo::saxpy, 1.0f, x.slice(10, 10), y.slice(10, 10));
  dotcompute::detail::StorageHold kept = y.share_storage();
  x = {};
  y = {};
  state->is_paused = false;
  task.get();
  const UnifiedBuffer<float> results(std::move(kept), 100);
  EXPECT_THAT(results.slice(10, 10).span(), Each(1.0f));
}

TEST_F(ViewOnDevice, what_was_prefetched_is_not_copied_again) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  const dotcompute::Accelerator& accelerator = *core->device("test:0").accelerator;
  state->is_paused = true;
  x.prefetch(accelerator);
  y.prefetch(accelerator);
  state->is_paused = false;
  EXPECT_EQ(device.run(demo::saxpy, 2.0f, x, y).bytes_to_device, 0u);
  EXPECT_THAT(y.span(), Each(2.0f));
  y.prefetch(*core->device("cpu").accelerator);
  EXPECT_EQ(y.state(), BufferState::synchronized);
}

TEST_F(ViewOnDevice, a_mapped_buffer_is_refused_by_name_and_usable_afterwards) {
  UnifiedBuffer<float> x(std::vector<float>(100, 1.0f)), y(100);
  device.run(demo::saxpy, 2.0f, x, y);
  {
    const auto mapping = y.slice(0, 10).map(Access::read_write);
    EXPECT_EQ(state->read_bytes, 40u);
    mapping.mutable_span()[0] = 100;
    EXPECT_THAT(
        message_of([&] { device.run(demo::saxpy, 2.0f, x, y); }),
        HasSubstr("kernel demo::saxpy: argument 'y' is mapped on the host for writing, and the kernel writes it; "
                  "end the Mapping before the launch"));
    EXPECT_THAT(message_of([&] { device.execute(demo::saxpy, 2.0f, y.slice(50, 1), x.slice(0, 1)).get(); }),
                HasSubstr("argument 'x' is mapped on the host for writing, and the kernel reads it"));
  }
  EXPECT_EQ(device.run(demo::saxpy, 2.0f, x, y).bytes_to_device, 40u);
  EXPECT_EQ(y.span()[0], 102.0f);
  EXPECT_EQ(y.span()[99], 4.0f);
}

TEST_F(ViewOnDevice, adopted_memory_gets_the_results_when_it_is_read) {
  std::vector<float> memory(10, 1.0f);
  const UnifiedBuffer<float> x(std::vector<float>(10, 1.0f));
  UnifiedBuffer<float> y = UnifiedBuffer<float>::adopt(memory);
  device.run(demo::saxpy, 2.0f, x, y);
  EXPECT_THAT(memory, Each(1.0f));
  y.synchronize();
  EXPECT_THAT(memory, Each(3.0f));
}

TEST(PinnedMemory, is_a_devices_own_and_serves_buffers) {
  const dotcompute::test::Registration demo(dotcompute::test::demo_unit());
  const auto state = std::make_shared<dotcompute::test::TestDeviceState>();
  dotcompute::detail::RuntimeCore core(dotcompute::test::parts_with_devices(
      state, {{.id = "test:0", .has_pinned = true}, dotcompute::test::TestDeviceOptions{.id = "test:1"}}));
  {
    UnifiedBuffer<float> x(1000, core.pinned_memory("test:0"));
    x.fill(1);
    EXPECT_GE(state->pinned_bytes, 4000u);
    dotcompute::Launcher(core).on("test:0").run(demo::saxpy, 1.0f, x, x);
    EXPECT_THAT(x.span(), Each(2.0f));
  }
  const UnifiedBuffer<float> again(1000, core.pinned_memory("test:0"));
  EXPECT_LT(state->pinned_bytes, 8000u);
  EXPECT_THAT(message_of<dotcompute::DeviceError>([&] { static_cast<void>(core.pinned_memory("test:1")); }),
              HasSubstr("test:1 has no pinned memory; make the buffer without a memory resource"));
  EXPECT_THAT(message_of<dotcompute::DeviceError>([&] { static_cast<void>(core.pinned_memory("cpu")); }),
              HasSubstr("cpu has no pinned memory, because it uses the host's as it is; make the buffer without"));
  EXPECT_THAT(message_of<dotcompute::DeviceNotAvailableError>([&] { static_cast<void>(core.pinned_memory("test:7")); }),
              HasSubstr("test:7"));
}

}  // namespace
