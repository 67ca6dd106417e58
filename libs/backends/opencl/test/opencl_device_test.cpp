// The contract of device_accelerator.hpp on the devices of this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <dotcompute/base/error.hpp>

#include "opencl_device_fixture.hpp"
#include "thrown.hpp"

namespace dotcompute::test {

namespace {

using testing::Each;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Queues, OpenClDevice, testing::Values(false, true),
                         [](const auto& parameter) { return parameter.param ? "OutOfOrder" : "InOrder"; });

TEST_P(OpenClDevice, SaysWhatItIs) {
  for (std::size_t i = 0; i < device_count(); ++i) {
    const AcceleratorInfo& info = device(i).info();
    EXPECT_EQ(info.id, "opencl:" + std::to_string(i));
    EXPECT_EQ(info.backend, "opencl");
    EXPECT_THAT(info.driver, HasSubstr("OpenCL "));
    EXPECT_GT(info.concurrency, 0u);
    EXPECT_GT(info.limits.memory_bytes, 0u);
    EXPECT_GE(info.limits.memory_bytes, info.limits.largest_allocation_bytes);
    EXPECT_GT(info.limits.local_memory_bytes, 0u);
    EXPECT_GT(info.limits.largest_group_items, 0u);
    EXPECT_THAT(info.limits.largest_group, Each(testing::Gt(0u)));
    EXPECT_GT(info.speed.operations_per_ns, 0);
    EXPECT_GT(info.speed.launch_ns, 0);
    EXPECT_EQ(device(i).loss(), std::nullopt);
  }
}

TEST_P(OpenClDevice, CopiesToMemoryAndBack) {
  const auto stream = device().create_stream();
  const auto memory = device().allocate(1000);
  EXPECT_EQ(memory->size_bytes(), 1000u);
  std::vector<unsigned char> bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 7);
  stream->write(*memory, 0, std::as_bytes(std::span(bytes)));
  const unsigned char patch[3] = {1, 2, 3};
  const StreamPoint written = stream->write(*memory, 500, std::as_bytes(std::span(patch)));
  unsigned char part[5] = {};
  const StreamPoint read = stream->read(std::as_writable_bytes(std::span(part)), *memory, 499);
  EXPECT_GT(read, written);
  stream->wait(read);
  EXPECT_TRUE(stream->is_reached(read));
  EXPECT_TRUE(stream->is_reached(written));
  EXPECT_THAT(part, testing::ElementsAre(bytes[499], 1, 2, 3, bytes[503]));
}

TEST_P(OpenClDevice, NothingIsLegal) {
  const auto stream = device().create_stream();
  const auto memory = device().allocate(0);
  EXPECT_EQ(memory->size_bytes(), 0u);
  stream->wait(stream->write(*memory, 0, {}));
  stream->wait(stream->read({}, *memory, 0));
  SaxpyKernel saxpy;
  const auto kernel = load(saxpy.definition());
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[] = {{memory.get(), 0, 0}, {nullptr, 0, 0}};
  stream->wait(stream->launch(*kernel, launch_of(block, spans, {{10, 1, 1}})));
}

TEST_P(OpenClDevice, TakesMemoryOfOthersAndGivesItsOwn) {
  const auto stream = device().create_stream();
  const auto owner = copy_of(*stream, std::vector<float>{1, 2, 3, 4});
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const SaxpyKernel::Block block{1, {}, {}};
  {
    const auto borrowed = device().adopt(owner->native_handle(), 16, Ownership::borrowed);
    const DeviceSpan spans[] = {{owner.get(), 0, 4}, {borrowed.get(), 0, 4}};
    stream->wait(stream->launch(*kernel, launch_of(block, spans, {{4, 1, 1}})));
  }
  EXPECT_THAT(contents<float>(*stream, *owner), testing::ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(thrown<DeviceError>([&] {
                static_cast<void>(device().adopt(owner->native_handle(), 1 << 20, Ownership::borrowed));
              }).what(),
              HasSubstr("as 1048576 bytes of its memory: it has 16 bytes"));
}

TEST_P(OpenClDevice, RunsAKernelOverGridsOfAnySize) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  for (const std::size_t count : {1u, 2u, 255u, 256u, 257u, 1000u, 65'537u}) {
    const std::vector<float> x = random_floats(count, random);
    const std::vector<float> y = random_floats(count, random);
    const auto x_memory = copy_of(*stream, x);
    const auto y_memory = copy_of(*stream, y);
    const SaxpyKernel::Block block{random_floats(1, random)[0], {}, {}};
    const DeviceSpan spans[] = {{x_memory.get(), 0, count}, {y_memory.get(), 0, count}};
    stream->launch(*kernel, launch_of(block, spans, {{count, 1, 1}}));
    const std::vector<float> results = contents<float>(*stream, *y_memory);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(results[i], saxpy(block.a, x[i], y[i])) << i << " of " << count;
  }
}

TEST_P(OpenClDevice, SpansMayBeginAnywhere) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7});
  const SaxpyKernel::Block block{10, {}, {}};
  const DeviceSpan spans[] = {{memory.get(), 4, 3}, {memory.get(), 20, 3}};
  stream->launch(*kernel, launch_of(block, spans, {{3, 1, 1}}));
  EXPECT_THAT(contents<float>(*stream, *memory), testing::ElementsAre(0, 1, 2, 3, 4, 15, 26, 37));
}

// A span that says to be longer than 2^32 needs the wide text, though the grid is small.
TEST_P(OpenClDevice, WideIndicesGiveTheSame) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<float>{1, 2, 3, 4});
  const SaxpyKernel::Block block{10, {}, {}};
  const DeviceSpan spans[] = {{memory.get(), 0, std::uint64_t{1} << 33}, {memory.get(), 8, 2}};
  stream->launch(*kernel, launch_of(block, spans, {{2, 1, 1}}));
  EXPECT_THAT(contents<float>(*stream, *memory), testing::ElementsAre(1, 2, 13, 24));
}

TEST_P(OpenClDevice, VisitsEveryItemOnceWhateverTheGroups) {
  VisitKernel visit;
  const auto kernel = load(visit.definition());
  const auto stream = device().create_stream();
  const struct {
    dotcompute_grid grid;
    dotcompute_grid group;
  } cases[] = {{{{1, 1, 1}}, {{0, 0, 0}}},  {{{70, 5, 3}}, {{0, 0, 0}}},  {{{3, 130, 2}}, {{0, 0, 0}}},
               {{{70, 5, 3}}, {{8, 2, 2}}}, {{{257, 1, 1}}, {{7, 1, 1}}}, {{{9, 9, 9}}, {{4, 0, 0}}}};
  for (const auto& each : cases) {
    const std::size_t items = each.grid.size[0] * each.grid.size[1] * each.grid.size[2];
    const auto memory = copy_of(*stream, std::vector<std::uint32_t>(items));
    const DeviceSpan spans[] = {{memory.get(), 0, items}};
    stream->launch(*kernel, launch_of(spans, spans, each.grid, each.group));
    EXPECT_THAT(contents<std::uint32_t>(*stream, *memory), Each(1u)) << items;
  }
}

TEST_P(OpenClDevice, RejectsGroupsBeyondTheLimit) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[2] = {};
  const std::uint64_t most = device().info().limits.largest_group_items;
  const auto error = thrown<ExecutionError>(
      [&] { stream->launch(*kernel, launch_of(block, spans, {{4 * most, 1, 1}}, {{2 * most, 1, 1}})); });
  EXPECT_THAT(error.what(), HasSubstr("kernel 'test::saxpy' was to run on opencl:0"));
  EXPECT_THAT(error.what(),
              HasSubstr("in groups of " + std::to_string(2 * most) + " x 1 x 1 work-items, but the device"));
  stream->wait(stream->launch(*kernel, launch_of(block, spans, {{100, 1, 1}})));
}

TEST_P(OpenClDevice, OperationsFollowOneAnother) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const std::vector<float> ones(512, 1);
  const auto x = copy_of(*stream, ones);
  const auto y = device().allocate(512 * sizeof(float));
  std::vector<float> between(512);
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[] = {{x.get(), 0, 512}, {y.get(), 0, 512}};
  // More than may be in flight at once, and nobody waits in between.
  constexpr int launches = 600;
  StreamPoint last = 0;
  for (int i = 0; i < launches; ++i) {
    if (i % 100 == 0) stream->write(*y, 0, std::as_bytes(std::span(ones)));
    last = stream->launch(*kernel, launch_of(block, spans, {{512, 1, 1}}));
    if (i == launches / 2) stream->read(std::as_writable_bytes(std::span(between)), *y, 0);
  }
  EXPECT_THAT(contents<float>(*stream, *y), Each(101.0f));
  EXPECT_THAT(between, Each(2.0f));
  EXPECT_TRUE(stream->is_reached(last));
}

TEST_P(OpenClDevice, IsReachedWithoutAnybodyWaiting) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[2] = {};
  const StreamPoint point = stream->launch(*kernel, launch_of(block, spans, {{1, 1, 1}}));
  while (!stream->is_reached(point)) std::this_thread::yield();
  stream->wait(point);
}

TEST_P(OpenClDevice, StreamsWaitForOneAnother) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto first = device().create_stream();
  const auto second = device().create_stream();
  constexpr std::size_t count = 512;
  const auto x = copy_of(*first, std::vector<float>(count, 1));
  const auto y = copy_of(*first, std::vector<float>(count, 0));
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[] = {{x.get(), 0, count}, {y.get(), 0, count}};
  for (int i = 0; i < 30; ++i) {
    const StreamPoint one = first->launch(*kernel, launch_of(block, spans, {{count, 1, 1}}));
    second->wait_for(*first, one);
    const StreamPoint two = second->launch(*kernel, launch_of(block, spans, {{count, 1, 1}}));
    first->wait_for(*second, two);
  }
  EXPECT_THAT(contents<float>(*first, *y), Each(60.0f));
}

TEST_P(OpenClDevice, OneKernelRunsInManyStreamsAtOnce) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  constexpr int threads = 6;
  constexpr std::size_t count = 300;
  std::atomic<int> wrong{0};
  std::vector<std::thread> team;
  for (int t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      const auto stream = device().create_stream();
      const auto x = copy_of(*stream, std::vector<float>(count, 1));
      const auto y = copy_of(*stream, std::vector<float>(count, 0));
      const SaxpyKernel::Block block{static_cast<float>(t + 1), {}, {}};
      const DeviceSpan spans[] = {{x.get(), 0, count}, {y.get(), 0, count}};
      for (int i = 0; i < 40; ++i) stream->launch(*kernel, launch_of(block, spans, {{count, 1, 1}}));
      for (const float value : contents<float>(*stream, *y)) wrong += value != static_cast<float>(40 * (t + 1)) ? 1 : 0;
    });
  }
  for (std::thread& thread : team) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(OpenClDevice, OthersMayWaitForAStream) {
  SaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[2] = {};
  std::atomic<StreamPoint> enqueued{0};
  std::atomic<bool> finished{false};
  std::vector<std::thread> waiting;
  for (int t = 0; t < 3; ++t) {
    waiting.emplace_back([&] {
      while (!finished) {
        const StreamPoint point = enqueued;
        stream->wait(point);
        EXPECT_TRUE(stream->is_reached(point));
      }
    });
  }
  for (int i = 0; i < 300; ++i) enqueued = stream->launch(*kernel, launch_of(block, spans, {{64, 1, 1}}));
  finished = true;
  for (std::thread& thread : waiting) thread.join();
}

TEST_P(OpenClDevice, ImagesOutliveWhatBuiltThem) {
  SaxpyKernel saxpy_kernel;
  const std::vector<std::byte> image = device().build(saxpy_kernel.definition());
  const auto provider = make_opencl_provider();
  const FoundAccelerators found = provider->find();
  ASSERT_FALSE(found.accelerators.empty());
  auto& other = dynamic_cast<DeviceAccelerator&>(*found.accelerators[0]);
  ASSERT_EQ(other.info().driver, device().info().driver);
  const auto kernel = other.load(saxpy_kernel.definition(), image);
  const auto stream = other.create_stream();
  const SaxpyKernel::Block block{1, {}, {}};
  const DeviceSpan spans[2] = {};
  stream->wait(stream->launch(*kernel, launch_of(block, spans, {{64, 1, 1}})));
}

TEST_P(OpenClDevice, RejectsWhatIsNoImage) {
  SaxpyKernel saxpy_kernel;
  VisitKernel visit;
  const auto error = thrown<DeviceError>(
      [&] { static_cast<void>(device().load(saxpy_kernel.definition(), std::vector<std::byte>(1000))); });
  EXPECT_THAT(error.what(), HasSubstr("the image of kernel 'test::saxpy' (1000 bytes) is none that opencl:0"));
  const auto other = thrown<DeviceError>(
      [&] { static_cast<void>(device().load(saxpy_kernel.definition(), device().build(visit.definition()))); });
  EXPECT_THAT(other.what(), HasSubstr("has no function 'saxpy', so it is another kernel's"));
}

TEST_P(OpenClDevice, AnAllocationBeyondTheLargestIsAnError) {
  const auto error = thrown<OutOfMemoryError>(
      [&] { static_cast<void>(device().allocate(device().info().limits.largest_allocation_bytes + 1)); });
  EXPECT_THAT(error.what(), HasSubstr("bytes are its largest allocation, and it has"));
}

TEST_P(OpenClDevice, ComputesWithDoubleWhereItHasIt) {
  if (!device().info().limits.has_fp64) GTEST_SKIP() << device().info().name << " has no fp64";
  TextKernel<2> kernel(
      "test::add", 1, {value_parameter("b", double_type, 0), span_parameter("a", double_type, 8, true)}, 24,
      opencl_text("#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n" DOTCOMPUTE_TEST_INDEX
                  "__kernel void add(double b, __global double* a, index_t size, index_t begin, index_t "
                  "grid, index_t first) { if (get_global_id(0) < grid) a[get_global_id(0)] += b; }",
                  "add", DOTCOMPUTE_FEATURE_FP64));
  const auto loaded = load(kernel.definition());
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<double>{1, 1e-17});
  const double block[3] = {1e-16, 0, 0};
  const DeviceSpan spans[] = {{memory.get(), 0, 2}};
  stream->launch(*loaded, launch_of(block, spans, {{2, 1, 1}}));
  EXPECT_THAT(contents<double>(*stream, *memory), testing::ElementsAre(1 + 1e-16, 1e-17 + 1e-16));
}

}  // namespace

}  // namespace dotcompute::test
