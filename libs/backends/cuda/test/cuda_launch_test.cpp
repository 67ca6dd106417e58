#include <chrono>
#include <thread>

#include "cuda_fixture.hpp"
#include "launch_geometry.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A loaded `scale` with data: x is 0, 1, 2 ... and y is the same memory, further on.
class CudaLaunchTest : public CudaTest {
 protected:
  static constexpr std::uint64_t count = 1000;

  void prepare(const CudaOptions& chosen = options()) {
    accelerator = &open(chosen);
    loaded = load(*accelerator);
    stream = accelerator->create_stream();
    memory = accelerator->allocate(2 * count * sizeof(float));
    for (std::size_t i = 0; i < count; ++i) host[i] = static_cast<float>(i);
    stream->write(*memory, 0, std::as_bytes(std::span(host)));
    spans = {{{memory.get(), 0, count}, {memory.get(), count * sizeof(float), count}}};
  }

  [[nodiscard]] DeviceLaunch description(dotcompute_grid grid = {{count, 1, 1}},
                                         dotcompute_grid group = {{0, 0, 0}}) const {
    return {.arguments = reinterpret_cast<const std::byte*>(&block), .spans = spans, .grid = grid, .group = group};
  }

  std::vector<float> result() {
    std::vector<float> y(count);
    stream->wait(stream->read(std::as_writable_bytes(std::span(y)), *memory, count * sizeof(float)));
    return y;
  }

  DeviceAccelerator* accelerator = nullptr;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<DeviceKernel> loaded;
  std::unique_ptr<Stream> stream;
  std::array<float, count> host{};
  std::array<DeviceSpan, 2> spans{};
  ScaleBlock block;
};

TEST_F(CudaLaunchTest, RunsAKernelOverData) {
  prepare();
  block.factor = 3;
  block.negate = true;
  stream->launch(*loaded, description());
  const std::vector<float> y = result();
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(y[i], -3 * host[i]) << i;
}

TEST_F(CudaLaunchTest, ArgumentsFollowTheConvention) {
  prepare();
  block.factor = 1.5F;
  stream->launch(*loaded, description());
  stream->wait(1);
  ASSERT_THAT(driver.launches, SizeIs(1));
  const LaunchOfDouble& launch = driver.launches[0];
  const auto address = value_of<DeviceAddress>(launch.arguments[2]);
  EXPECT_EQ(value_of<float>(launch.arguments[0]), 1.5F);
  EXPECT_EQ(value_of<std::uint8_t>(launch.arguments[1]), 0);
  EXPECT_EQ(value_of<std::uint32_t>(launch.arguments[3]), count);
  EXPECT_EQ(value_of<DeviceAddress>(launch.arguments[4]), address + count * sizeof(float)) << "the offset is added";
  EXPECT_EQ(value_of<std::uint32_t>(launch.arguments[5]), count);
  EXPECT_EQ(value_of<std::uint32_t>(launch.arguments[6]), count) << "the grid";
  EXPECT_EQ(value_of<std::uint32_t>(launch.arguments[7]), 0u) << "the first index";
}

TEST_F(CudaLaunchTest, EachDimensionHasItsSizeAndItsFirstIndex) {
  kernel.record.dimensions = 3;
  kernel.record.parameter_count = 1;
  driver.functions["scale"] = {.argument_sizes_bytes = {4, 4, 4, 4, 4, 4, 4}};
  prepare();
  DeviceLaunch launch = description({{100, 20, 3}});
  launch.spans = {};
  stream->launch(*loaded, launch);
  const auto& arguments = driver.launches.at(0).arguments;
  EXPECT_EQ(value_of<std::uint32_t>(arguments[1]), 100u);
  EXPECT_EQ(value_of<std::uint32_t>(arguments[2]), 20u);
  EXPECT_EQ(value_of<std::uint32_t>(arguments[3]), 3u);
  for (std::size_t i = 4; i < 7; ++i) EXPECT_EQ(value_of<std::uint32_t>(arguments[i]), 0u);
}

TEST_F(CudaLaunchTest, ManySpansAllArrive) {
  constexpr std::size_t span_count = 100;
  std::vector<dotcompute_parameter> parameters(span_count, kernel.parameters[2]);
  std::vector<DeviceSpan> many;
  std::vector<std::size_t> sizes;
  prepare();
  for (std::size_t i = 0; i < span_count; ++i) {
    many.push_back({memory.get(), 4 * i, i});
    sizes.insert(sizes.end(), {8, 4});
  }
  sizes.insert(sizes.end(), {4, 4});
  kernel.record.parameters = parameters.data();
  kernel.record.parameter_count = span_count;
  driver.functions["scale"] = {.argument_sizes_bytes = sizes};
  DeviceLaunch launch = description();
  launch.spans = many;
  stream->launch(*loaded, launch);
  const auto& arguments = driver.launches.at(0).arguments;
  for (std::size_t i = 0; i < span_count; ++i) {
    EXPECT_EQ(value_of<DeviceAddress>(arguments[2 * i]), value_of<DeviceAddress>(arguments[0]) + 4 * i);
    EXPECT_EQ(value_of<std::uint32_t>(arguments[2 * i + 1]), i);
  }
  EXPECT_EQ(value_of<std::uint32_t>(arguments[2 * span_count]), count);
}

TEST_F(CudaLaunchTest, AnEmptySpanMayHaveNoMemory) {
  driver.functions["scale"].run = nullptr;
  prepare();
  spans[0] = {};
  stream->launch(*loaded, description());
  EXPECT_EQ(value_of<DeviceAddress>(driver.launches.at(0).arguments[2]), 0u);
  EXPECT_EQ(value_of<std::uint32_t>(driver.launches.at(0).arguments[3]), 0u);
}

TEST_F(CudaLaunchTest, GroupsAreTheDevicesChoiceUnlessAskedFor) {
  driver.devices[0].attributes[DeviceAttribute::multiprocessor_count] = 1;
  prepare();
  stream->launch(*loaded, description());
  EXPECT_THAT(driver.launches.at(0).block, ElementsAre(256, 1, 1));
  EXPECT_THAT(driver.launches.at(0).blocks, ElementsAre(4, 1, 1));
  stream->launch(*loaded, description({{count, 1, 1}}, {{100, 1, 1}}));
  EXPECT_THAT(driver.launches.at(1).block, ElementsAre(100, 1, 1));
  EXPECT_THAT(driver.launches.at(1).blocks, ElementsAre(10, 1, 1));
  stream->launch(*loaded, description({{count, 1, 1}}, {{1000, 0, 0}}));
  EXPECT_THAT(driver.launches.at(2).block, ElementsAre(1000, 1, 1)) << "what is not asked for is 1";
}

TEST_F(CudaLaunchTest, OccupancySaysHowLargeGroupsAre) {
  driver.functions["scale"].best_block = 96;
  prepare();
  stream->launch(*loaded, description());
  EXPECT_THAT(driver.launches.at(0).block, ElementsAre(64, 1, 1));
}

TEST_F(CudaLaunchTest, AKernelOfGroupsRunsInWholeGroups) {
  kernel.record.group_features = DOTCOMPUTE_GROUP_IDS;
  prepare();
  stream->launch(*loaded, description({{10, 1, 1}}, {{0, 0, 0}}));
  stream->launch(*loaded, description({{10, 1, 1}}, {{7, 1, 1}}));
  ASSERT_THAT(driver.launches, SizeIs(2));
  EXPECT_EQ(driver.launches[0].blocks[0], 1u);
  EXPECT_EQ(driver.launches[1].blocks[0], 2u);
  // The grid that the kernel sees is whole, too.
  EXPECT_EQ(value_of<std::uint32_t>(driver.launches[0].arguments[6]), 256u);
  EXPECT_EQ(value_of<std::uint32_t>(driver.launches[1].arguments[6]), 14u);
}

TEST_F(CudaLaunchTest, AUsualGroupBeyondTheKernelsRegistersSaysWhatToAskFor) {
  kernel.record.group_features = DOTCOMPUTE_GROUP_IDS;
  driver.functions["scale"].max_threads_per_block = 128;
  prepare();
  const auto error =
      error_of<ExecutionError>([&] { stream->launch(*loaded, description({{count, 1, 1}}, {{0, 0, 0}})); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "'demo::scale' cannot run in groups of 256 x 1 x 1 on 'cuda:0': with the registers that this kernel needs "
      "a group can have 128 items in all; ask for smaller groups with in_groups_of, or run on another device");
}

TEST_F(CudaLaunchTest, SharedArraysBeyondTheDeviceAreRefused) {
  kernel.record.group_features = DOTCOMPUTE_GROUP_SHARED;
  kernel.record.shared_bytes = 1 << 20;
  const auto error = error_of<DeviceError>([&] { prepare(); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("the shared arrays of 'demo::scale' take 1048576 bytes for each group, and"));
}

TEST_F(CudaLaunchTest, AGroupBeyondTheDeviceIsAnError) {
  prepare();
  const auto error =
      error_of<ExecutionError>([&] { stream->launch(*loaded, description({{count, 1, 1}}, {{1, 1, 65}})); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'demo::scale' cannot run in groups of 1 x 1 x 65 on 'cuda:0': a group there can have 64 items in "
               "dimension 2; ask for smaller groups, or leave them to the device");
  EXPECT_EQ(error->remedy(), Remedy::fix_input);
  EXPECT_EQ(error->context().kernel, "demo::scale");
  EXPECT_EQ(error->context().device, "cuda:0");
  EXPECT_THAT(driver.launches, IsEmpty());
}

TEST_F(CudaLaunchTest, AGroupOfTooManyItemsIsAnError) {
  prepare();
  const auto error =
      error_of<ExecutionError>([&] { stream->launch(*loaded, description({{count, 1, 1}}, {{64, 32, 1}})); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "'demo::scale' cannot run in groups of 64 x 32 x 1 on 'cuda:0': there a group can have 1024 items in all; "
      "ask for smaller groups, or leave them to the device");
  const auto huge = error_of<ExecutionError>(
      [&] { stream->launch(*loaded, description({{count, 1, 1}}, {{~std::uint64_t{0}, 1, 1}})); });
  ASSERT_TRUE(huge.has_value());
  EXPECT_THAT(huge->what(), HasSubstr("1024 items in dimension 0"));
}

TEST_F(CudaLaunchTest, AGroupBeyondTheKernelsRegistersIsAnError) {
  driver.functions["scale"].max_threads_per_block = 320;
  prepare();
  const auto error =
      error_of<ExecutionError>([&] { stream->launch(*loaded, description({{count, 1, 1}}, {{512, 1, 1}})); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "'demo::scale' cannot run in groups of 512 x 1 x 1 on 'cuda:0': with the registers that this kernel needs "
      "a group can have 320 items in all; ask for smaller groups, or leave them to the device");
}

TEST_F(CudaLaunchTest, AGridBeyondTheDevicesRunsInSlices) {
  driver.devices[0].attributes[DeviceAttribute::max_grid_dim_x] = 3;
  prepare();
  stream->launch(*loaded, description({{count, 1, 1}}, {{100, 1, 1}}));
  ASSERT_THAT(driver.launches, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(driver.launches[i].blocks[0], i < 3 ? 3u : 1u);
    EXPECT_EQ(value_of<std::uint32_t>(driver.launches[i].arguments[7]), i * 300);
    EXPECT_EQ(value_of<std::uint32_t>(driver.launches[i].arguments[6]), count) << "the grid stays whole";
  }
  const std::vector<float> y = result();
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(y[i], 2 * host[i]) << i;
}

TEST_F(CudaLaunchTest, TallGridsRunInSlicesOfTheDevicesLimits) {
  kernel.record.dimensions = 2;
  kernel.record.parameter_count = 1;
  driver.functions["scale"] = {.argument_sizes_bytes = {4, 4, 4, 4, 4}};
  prepare();
  DeviceLaunch launch = description({{1, 200'000, 1}}, {{1, 2, 1}});
  launch.spans = {};
  stream->launch(*loaded, launch);
  ASSERT_THAT(driver.launches, SizeIs(2));
  EXPECT_THAT(driver.launches[0].blocks, ElementsAre(1, 65535, 1));
  EXPECT_THAT(driver.launches[1].blocks, ElementsAre(1, 100'000 - 65535, 1));
  EXPECT_EQ(value_of<std::uint32_t>(driver.launches[1].arguments[4]), 2u * 65535);
}

TEST_F(CudaLaunchTest, NumbersOf64BitsCompileTheKernelAgainOnce) {
  prepare();
  driver.functions["scale"] = {.argument_sizes_bytes = scale_argument_sizes(8)};
  const std::uint64_t huge = (std::uint64_t{1} << 32) + 5;
  stream->launch(*loaded, description({{huge, 1, 1}}, {{1024, 1, 1}}));
  ASSERT_THAT(nvrtc.requests, SizeIs(2));
  EXPECT_THAT(nvrtc.requests[1].options, Contains("-DDOTCOMPUTE_NARROW=0"));
  ASSERT_THAT(driver.launches, SizeIs(1));
  EXPECT_EQ(value_of<std::uint64_t>(driver.launches[0].arguments[6]), huge);
  EXPECT_EQ(value_of<std::uint64_t>(driver.launches[0].arguments[3]), count);

  spans[0].count = std::uint64_t{1} << 32;
  stream->launch(*loaded, description());
  EXPECT_THAT(nvrtc.requests, SizeIs(2)) << "it is compiled once";
  EXPECT_EQ(value_of<std::uint64_t>(driver.launches.at(1).arguments[3]), spans[0].count);
}

TEST_F(CudaLaunchTest, ManyThreadsCompileForNumbersOf64BitsOnce) {
  prepare();
  driver.functions["scale"] = {.argument_sizes_bytes = scale_argument_sizes(8)};
  const DeviceLaunch launch = description({{std::uint64_t{1} << 33, 1, 1}});
  // So that the others come while the first compiles.
  nvrtc.while_compiling = [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { accelerator->create_stream()->launch(*loaded, launch); });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_THAT(nvrtc.requests, SizeIs(2));
  EXPECT_THAT(driver.launches, SizeIs(4));
}

TEST_F(CudaLaunchTest, AGroupThatReachesBeyond32BitsNeedsNumbersOf64) {
  prepare();
  driver.functions["scale"] = {.argument_sizes_bytes = scale_argument_sizes(8)};
  const std::uint64_t below = (std::uint64_t{1} << 32) - 1;
  stream->launch(*loaded, description({{below, 1, 1}}, {{1000, 1, 1}}));
  EXPECT_THAT(nvrtc.requests, SizeIs(2));
  EXPECT_EQ(value_of<std::uint64_t>(driver.launches.at(0).arguments[6]), below);
}

TEST_F(CudaLaunchTest, AFailingWideCompilationIsTheLaunchsError) {
  prepare();
  nvrtc.error_log = "scale.cpp(1): error: no";
  const auto error =
      error_of<CompilationError>([&] { stream->launch(*loaded, description({{std::uint64_t{1} << 33, 1, 1}})); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("scale.cpp(1): error: no"));
  block.factor = 5;
  stream->launch(*loaded, description());
  EXPECT_EQ(result()[7], 35) << "the kernel still runs";
}

TEST_F(CudaLaunchTest, RawKernelsTakeTheirParametersOnly) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  driver.functions["scale"] = {.argument_sizes_bytes = {4, 1, 8, 8}};
  prepare();
  stream->launch(*loaded, description({{std::uint64_t{1} << 33, 1, 1}}, {{1024, 1, 1}}));
  ASSERT_THAT(driver.launches, SizeIs(1));
  EXPECT_EQ(value_of<DeviceAddress>(driver.launches[0].arguments[3]),
            value_of<DeviceAddress>(driver.launches[0].arguments[2]) + count * sizeof(float));
  EXPECT_THAT(nvrtc.requests, SizeIs(1)) << "it has no numbers that could be wide";
}

TEST_F(CudaLaunchTest, RawKernelsAreNeverLaunchedInParts) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  driver.devices[0].attributes[DeviceAttribute::max_grid_dim_x] = 3;
  prepare();
  const auto error =
      error_of<ExecutionError>([&] { stream->launch(*loaded, description({{count, 1, 1}}, {{100, 1, 1}})); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(
      error->what(),
      AllOf(HasSubstr("in groups of 100 x 1 x 1 it has 10 groups in dimension 0, and a launch there can have 3"),
            HasSubstr("ask for larger groups or launch it over a smaller grid")));
  EXPECT_THAT(driver.launches, IsEmpty());
}

TEST_F(CudaLaunchTest, PtxOfKernelcsTakesNumbersOf64Bits) {
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_PTX, 0, ".visible .entry scale()", "scale", nullptr};
  driver.functions["scale"] = {.argument_sizes_bytes = scale_argument_sizes(8), .run = run_scale<std::uint64_t>};
  prepare();
  stream->launch(*loaded, description());
  EXPECT_EQ(value_of<std::uint64_t>(driver.launches.at(0).arguments[6]), count);
  EXPECT_EQ(result()[9], 18);
}

TEST_F(CudaLaunchTest, ALaunchThatLacksResourcesSaysSo) {
  prepare();
  driver.failures["cuLaunchKernel"] = Result::launch_out_of_resources;
  const auto error = error_of<DeviceError>([&] { stream->launch(*loaded, description()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'cuda:0' lacks the resources for 'demo::scale': cuLaunchKernel gave CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES "
               "(a text of the double's); use smaller groups");
  EXPECT_EQ(error->remedy(), Remedy::fix_input);
  driver.failures.clear();
  stream->launch(*loaded, description());
  EXPECT_EQ(result()[4], 8) << "the device works on";
}

TEST_F(CudaLaunchTest, ACallThatTheDriverRefusesIsABug) {
  prepare();
  driver.failures["cuLaunchKernel"] = Result::invalid_value;
  const auto error = error_of<DeviceError>([&] { stream->launch(*loaded, description()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'cuda:0' refused a call for 'demo::scale': cuLaunchKernel gave CUDA_ERROR_INVALID_VALUE (a text of the "
               "double's); please report this");
  EXPECT_EQ(error->remedy(), Remedy::report_bug);
}

}  // namespace
}  // namespace dotcompute::cuda::test
