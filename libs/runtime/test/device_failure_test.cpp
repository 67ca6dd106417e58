// What goes wrong on devices with memory of their own, and what the caller and the buffers are told.

#include <unistd.h>
#include <sys/wait.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "device_fixture.hpp"

namespace {

using dotcompute::BufferState;
using dotcompute::CompilationError;
using dotcompute::DeviceError;
using dotcompute::DeviceNotAvailableError;
using dotcompute::ExecutionError;
using dotcompute::MemoryError;
using dotcompute::OutOfMemoryError;
using dotcompute::UnifiedBuffer;
using dotcompute::test::message_of;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using DeviceFailure = dotcompute::test::DeviceTest;

TEST_F(DeviceFailure, a_kernel_that_the_device_refuses) {
  std::vector<float> out(4);
  EXPECT_THAT(message_of<DeviceError>([&] { device.run(demo::refused, out); }),
              AllOf(HasSubstr("test:0 cannot run the kernel demo::refused: it has no code for this device"),
                    HasSubstr("use .on(...) with one that can: cpu")));
}

TEST_F(DeviceFailure, a_build_that_the_devices_compiler_rejects_is_tried_again_next_time) {
  const auto own = std::make_shared<dotcompute::test::TestDeviceState>();
  dotcompute::detail::RuntimeCore own_core(
      dotcompute::test::parts_with_devices(own, {{.driver = dotcompute::test::new_driver()}}));
  const auto own_device = dotcompute::Launcher(own_core).on("test:0");
  own->rejects_builds = true;
  std::vector<float> x(4, 1.0f), y(4);
  EXPECT_THAT(message_of<CompilationError>([&] { own_device.run(demo::saxpy, 1.0f, x, y); }),
              HasSubstr("test:0 cannot build demo::saxpy: line 1"));
  own->rejects_builds = false;
  own_device.run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y, Each(1.0f));
}

TEST_F(DeviceFailure, a_launch_beyond_the_devices_limits_leaves_buffers_as_they_are) {
  state->rejects_launches = true;
  std::vector<float> x(4, 1.0f);
  UnifiedBuffer<float> y(4);
  EXPECT_THAT(message_of<ExecutionError>([&] { device.run(demo::saxpy, 1.0f, x, y); }),
              HasSubstr("kernel demo::saxpy: the test device takes no launches"));
  EXPECT_THAT(message_of<ExecutionError>([&] { device.execute(demo::saxpy, 1.0f, x, y).get(); }),
              HasSubstr("takes no launches"));
  state->rejects_launches = false;
  EXPECT_EQ(y.state(), BufferState::synchronized);
  device.run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y.span(), Each(1.0f));
}

TEST_F(DeviceFailure, an_argument_that_does_not_fit_is_named_with_its_size) {
  state->memory_bytes = 100'000;
  std::vector<float> x(10'000), y(20'000);
  EXPECT_THAT(message_of<OutOfMemoryError>([&] { device.run(demo::saxpy, 1.0f, x, y); }),
              AllOf(HasSubstr("kernel demo::saxpy on test:0: argument 'y' of 80000 bytes does not fit: test:0 has "),
                    HasSubstr("destroy buffers that are on the device, launch over less, or use another device")));
  EXPECT_THAT(message_of<OutOfMemoryError>([&] {
                UnifiedBuffer<float> large(30'000);
                device.run(demo::saxpy, 1.0f, x, large);
              }),
              HasSubstr("argument 'y' of 120000 bytes does not fit"));
  y.resize(10'000);
  device.run(demo::saxpy, 1.0f, x, y);
}

TEST_F(DeviceFailure, a_launch_that_fails_names_kernel_and_device_and_takes_the_content_of_what_it_writes) {
  UnifiedBuffer<float> x(std::vector<float>(4, 1.0f)), y(4);
  device.run(demo::saxpy, 1.0f, x, y);
  for (const bool blocking : {true, false}) {
    state->operations_until_failure = 1;
    const std::string message = message_of<DeviceError>(
        [&] { blocking ? device.run(demo::saxpy, 1.0f, x, y) : device.execute(demo::saxpy, 1.0f, x, y).get(); });
    EXPECT_THAT(message, AllOf(HasSubstr("kernel demo::saxpy failed on test:0: operation"),
                               HasSubstr("the buffers it writes have no content until they are written again")));
    EXPECT_EQ(y.state(), BufferState::uninitialized);
    EXPECT_EQ(x.state(), BufferState::synchronized);
    const auto expected =
        AllOf(HasSubstr("argument 'y' has no content: the launch of demo::saxpy on test:0 that wrote "
                        "it failed; write it again with copy_from or fill"));
    EXPECT_THAT(message_of<ExecutionError>([&] { device.run(demo::saxpy, 1.0f, x, y); }), expected);
    EXPECT_THAT(message_of<ExecutionError>([&] { runtime.on("cpu").run(demo::saxpy, 1.0f, x, y); }), expected);
    EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(y.span()); }),
                HasSubstr("has no content: the launch of demo::saxpy on test:0 that wrote it failed"));
    // Another stream takes the place of the one that failed.
    y.fill(2.0f);
    device.run(demo::saxpy, 1.0f, x, y);
    EXPECT_THAT(y.span(), Each(3.0f));
  }
}

TEST_F(DeviceFailure, the_error_carries_kernel_device_and_cause) {
  std::vector<float> x(4), y(4);
  state->operations_until_failure = 3;
  try {
    device.run(demo::saxpy, 1.0f, x, y);
    FAIL() << "nothing was thrown";
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.context().kernel, "demo::saxpy");
    EXPECT_EQ(error.context().device, "test:0");
    EXPECT_THAT(error.context().cause, HasSubstr("of the test device failed"));
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::retry);
  }
}

TEST_F(DeviceFailure, launches_that_follow_a_failed_one_fail_too) {
  state->is_paused = true;
  UnifiedBuffer<float> x(std::vector<float>(4, 1.0f)), y(4), z(4);
  auto first = device.execute(demo::saxpy, 1.0f, x, y);
  auto second = device.execute(demo::saxpy, 1.0f, y, z);
  state->operations_until_failure = 3;
  state->is_paused = false;
  EXPECT_THROW(first.get(), DeviceError);
  EXPECT_THROW(second.get(), DeviceError);
  EXPECT_EQ(y.state(), BufferState::uninitialized);
  EXPECT_EQ(z.state(), BufferState::uninitialized);
}

TEST_F(DeviceFailure, a_device_that_is_lost_says_so_and_others_go_on) {
  UnifiedBuffer<float> x(std::vector<float>(4, 1.0f)), y(4);
  device.run(demo::saxpy, 1.0f, x, y);
  state->is_lost = true;
  EXPECT_THAT(message_of<DeviceError>([&] { device.run(demo::saxpy, 1.0f, x, y); }),
              HasSubstr("kernel demo::saxpy was not launched on test:0: the test device is lost"));
  EXPECT_THAT(message_of<DeviceError>([&] { device.run(demo::saxpy, 1.0f, x, x); }),
              AllOf(HasSubstr("test:0 is lost: a test took it away"), HasSubstr("create a new Runtime")));
  EXPECT_THAT(message_of<DeviceError>([&] { static_cast<void>(y.span()); }), HasSubstr("lost"));
  EXPECT_EQ(y.state(), BufferState::uninitialized);
  y.fill(0.0f);
  runtime.on("cpu").run(demo::saxpy, 1.0f, x, y);
  EXPECT_THAT(y.span(), Each(1.0f));
}

TEST_F(DeviceFailure, of_what_a_lost_device_alone_had_the_launch_that_reads_it_is_told_the_range) {
  UnifiedBuffer<float> x(std::vector<float>(8, 1.0f)), y(8);
  device.run(demo::saxpy, 1.0f, x.slice(0, 2), y.slice(4, 2));
  state->is_lost = true;
  const auto lost = HasSubstr("bytes 16 to 24 are lost: only test:0 had it, and copying it from there failed");
  EXPECT_THAT(message_of<DeviceError>([&] { runtime.on("cpu").run(demo::saxpy, 1.0f, y, x); }), lost);
  EXPECT_THAT(message_of<ExecutionError>([&] { runtime.on("cpu").run(demo::saxpy, 1.0f, y, x); }),
              AllOf(HasSubstr("kernel demo::saxpy: argument 'x' has no content: "), lost));
  runtime.on("cpu").run(demo::saxpy, 1.0f, x.slice(0, 4), y.slice(0, 4));
  EXPECT_THAT(y.slice(0, 4).span(), Each(1.0f));
}

TEST_F(DeviceFailure, a_host_launch_that_fails_takes_only_the_part_that_it_writes) {
  UnifiedBuffer<float> out(std::vector<float>(8, 2.0f));
  EXPECT_THROW(runtime.on("cpu").run(demo::failing, out.slice(2, 3)), ExecutionError);
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(out.span()); }),
              HasSubstr("bytes 8 to 20 are lost: the launch of demo::failing on cpu that wrote it failed"));
  EXPECT_THAT(out.slice(5, 3).span(), Each(2.0f));
}

TEST_F(DeviceFailure, a_host_launch_that_fails_or_is_stopped_takes_the_content_of_what_it_writes) {
  UnifiedBuffer<float> out(4);
  EXPECT_THROW(runtime.on("cpu").run(demo::failing, out), ExecutionError);
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(out.span()); }),
              HasSubstr("the launch of demo::failing on cpu that wrote it failed"));
  out.fill(1.0f);
  EXPECT_THROW(runtime.on("cpu").execute(demo::failing, out).get(), ExecutionError);
  EXPECT_EQ(out.state(), BufferState::uninitialized);
  std::stop_source source;
  source.request_stop();
  UnifiedBuffer<std::uint64_t> spun(100'000);
  const auto stopped = runtime.on("cpu").stop_with(source.get_token());
  stopped.run(demo::spin, spun);
  EXPECT_THAT(message_of<MemoryError>([&] { static_cast<void>(spun.span()); }),
              HasSubstr("the launch of demo::spin on cpu that wrote it was stopped"));
  spun.fill(0);
  stopped.execute(demo::spin, spun).get();
  EXPECT_EQ(spun.state(), BufferState::uninitialized);
}

TEST_F(DeviceFailure, buffers_outlive_the_runtime) {
  UnifiedBuffer<float> x(std::vector<float>(4, 1.0f)), y(4);
  device.execute(demo::saxpy, 1.0f, x, y).detach();
  core.reset();
  EXPECT_EQ(state->used_bytes, 0u);
  EXPECT_EQ(x.state(), BufferState::host_only);
  EXPECT_THAT(y.span(), Each(1.0f));
}

TEST_F(DeviceFailure, a_device_that_is_not_there_is_named_with_all_there_is) {
  EXPECT_THAT(message_of<DeviceNotAvailableError>([&] { static_cast<void>(runtime.on("test:7")); }),
              HasSubstr("there is no accelerator 'test:7': this machine has cpu, picky, test:0, test:1"));
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
TEST(DeviceAfterFork, a_child_cannot_use_its_parents_device) {
  const dotcompute::test::Registration kernels(dotcompute::test::demo_unit());
  // Without host devices, whose threads a child does not have either.
  dotcompute::RuntimeParts parts;
  parts.accelerators.push_back(std::make_unique<dotcompute::test::TestDevice>());
  auto core = std::make_unique<dotcompute::detail::RuntimeCore>(std::move(parts));
  const auto device = dotcompute::Launcher(*core).on("test:0");
  UnifiedBuffer<float> x(std::vector<float>(4, 1.0f)), y(4);
  device.run(demo::saxpy, 1.0f, x, y);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto is_expected = testing::Matches(HasSubstr("test:0 was opened before this process was forked off"));
    bool is_right = is_expected(message_of<DeviceError>([&] { device.run(demo::saxpy, 1.0f, x, y); }));
    is_right &= is_expected(message_of<DeviceError>([&] { device.execute(demo::saxpy, 1.0f, x, y).get(); }));
    is_right &= is_expected(message_of<DeviceError>([&] { static_cast<void>(y.span()); }));
    y.fill(5.0f);
    is_right &= y.span()[3] == 5.0f;
    core.reset();
    std::_Exit(is_right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_THAT(y.span(), Each(1.0f));
}
#endif

}  // namespace
