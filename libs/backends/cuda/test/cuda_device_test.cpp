// On a real device, where there is one: that the driver means what the doubles take it to mean.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <numeric>
#include <random>
#include <thread>

#include <dotcompute/cuda/nvrtc.hpp>

#include "cuda_fixture.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The first device that the machine has and that can compile.
class CudaDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    provider_ = make_cuda_provider();
    found_ = provider_->find();
    if (found_.accelerators.empty()) GTEST_SKIP() << found_.absent.at(0).id << ": " << found_.absent.at(0).reason;
    device = dynamic_cast<DeviceAccelerator*>(found_.accelerators[0].get());
    ASSERT_NE(device, nullptr);
    if (const auto refusal = device->refusal(kernel.definition())) GTEST_SKIP() << *refusal;
  }

  std::unique_ptr<DeviceKernel> load() { return device->load(kernel.definition(), device->build(kernel.definition())); }

  DeviceAccelerator* device = nullptr;
  ScaleKernel kernel;

 private:
  std::unique_ptr<AcceleratorProvider> provider_;
  FoundAccelerators found_;
};

/// x and y in the device's memory.
class Vectors {
 public:
  Vectors(DeviceAccelerator& device, std::size_t count)
      : x(count), memory(device.allocate(2 * count * sizeof(float))), stream(device.create_stream()) {
    std::iota(x.begin(), x.end(), 1.0F);
    stream->write(*memory, 0, std::as_bytes(std::span(x)));
    spans = {{{memory.get(), 0, count}, {memory.get(), count * sizeof(float), count}}};
  }

  StreamPoint launch(const DeviceKernel& kernel, float factor, dotcompute_grid group = {{0, 0, 0}}) {
    ScaleBlock block;
    block.factor = factor;
    return stream->launch(kernel, {.arguments = reinterpret_cast<const std::byte*>(&block),
                                   .spans = spans,
                                   .grid = {{x.size(), 1, 1}},
                                   .group = group});
  }
  std::vector<float> y() {
    std::vector<float> values(x.size());
    stream->wait(stream->read(std::as_writable_bytes(std::span(values)), *memory, x.size() * sizeof(float)));
    return values;
  }

  std::vector<float> x;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<Stream> stream;
  std::array<DeviceSpan, 2> spans{};
};

void expect_scaled(const std::vector<float>& x, const std::vector<float>& y, float factor) {
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], factor * x[i]) << i;
}

TEST_F(CudaDeviceTest, DescribesItself) {
  const AcceleratorInfo& info = device->info();
  RecordProperty("name", info.name);
  RecordProperty("driver", info.driver);
  EXPECT_FALSE(info.name.empty());
  EXPECT_GT(info.concurrency, 0u);
  EXPECT_GT(info.limits.memory_bytes, 1u << 28);
  EXPECT_GE(info.limits.largest_group_items, 512u);
  EXPECT_GT(info.speed.operations_per_ns, 100);
  EXPECT_GT(info.speed.memory_bytes_per_ns, 10);
}

TEST_F(CudaDeviceTest, RunsAKernelAtManySizes) {
  const std::unique_ptr<DeviceKernel> loaded = load();
  for (const std::size_t count :
       std::initializer_list<std::size_t>{1, 2, 31, 32, 33, 255, 256, 257, 65'537, 1'000'007}) {
    Vectors vectors(*device, count);
    vectors.launch(*loaded, 3);
    expect_scaled(vectors.x, vectors.y(), 3);
  }
}

TEST_F(CudaDeviceTest, RunsInGroupsOfAnySizeThatItAllows) {
  const std::unique_ptr<DeviceKernel> loaded = load();
  Vectors vectors(*device, 10'000);
  for (const std::uint64_t group : std::initializer_list<std::uint64_t>{1, 7, 32, 100, 512}) {
    vectors.launch(*loaded, static_cast<float>(group), {{group, 1, 1}});
    expect_scaled(vectors.x, vectors.y(), static_cast<float>(group));
  }
  const std::uint64_t too_many = device->info().limits.largest_group[0] + 1;
  EXPECT_THROW(vectors.launch(*loaded, 1, {{too_many, 1, 1}}), ExecutionError);
}

TEST_F(CudaDeviceTest, NumbersOf64BitsGiveTheSame) {
  const std::unique_ptr<DeviceKernel> loaded = load();
  Vectors vectors(*device, 1000);
  // The kernel takes the smaller of the sizes, so that it stays within the memory.
  ScaleBlock block;
  vectors.spans[0].count = std::uint64_t{1} << 32;
  vectors.stream->launch(
      *loaded,
      {.arguments = reinterpret_cast<const std::byte*>(&block), .spans = vectors.spans, .grid = {{1000, 1, 1}}});
  expect_scaled(vectors.x, vectors.y(), 2);
}

TEST_F(CudaDeviceTest, CopiesAnyBytesAtAnyOffset) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  constexpr std::size_t size = 1 << 20;
  const std::unique_ptr<DeviceMemory> memory = device->allocate(size);
  const std::unique_ptr<Stream> stream = device->create_stream();
  std::vector<std::byte> expected(size);
  stream->write(*memory, 0, expected);
  for (int i = 0; i < 100; ++i) {
    const std::size_t begin = random() % size;
    std::vector<std::byte> part(random() % (size - begin));
    for (std::byte& byte : part) byte = static_cast<std::byte>(random());
    stream->wait(stream->write(*memory, begin, part));
    std::ranges::copy(part, expected.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  std::vector<std::byte> seen(size);
  stream->wait(stream->read(seen, *memory, 0));
  EXPECT_EQ(seen, expected) << "seed " << seed;
}

TEST_F(CudaDeviceTest, AStreamWaitsForAnother) {
  const std::unique_ptr<DeviceKernel> loaded = load();
  const std::unique_ptr<Stream> other = device->create_stream();
  Vectors vectors(*device, 1 << 22);
  for (int round = 0; round < 20; ++round) {
    const auto factor = static_cast<float>(round + 2);
    other->wait_for(*vectors.stream, vectors.launch(*loaded, factor));
    std::vector<float> y(vectors.x.size());
    const StreamPoint read =
        other->read(std::as_writable_bytes(std::span(y)), *vectors.memory, y.size() * sizeof(float));
    vectors.stream->wait_for(*other, read);
    other->wait(read);
    ASSERT_EQ(y.back(), factor * vectors.x.back());
    ASSERT_EQ(y.front(), factor * vectors.x.front());
  }
}

TEST_F(CudaDeviceTest, ThreadsWithStreamsOfTheirOwnShareAKernel) {
  const std::unique_ptr<DeviceKernel> loaded = load();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Vectors vectors(*device, 5000);
      for (int round = 1; round < 50; ++round) {
        vectors.launch(*loaded, static_cast<float>(round * (t + 1)));
        expect_scaled(vectors.x, vectors.y(), static_cast<float>(round * (t + 1)));
      }
    });
  }
  for (std::thread& each : threads) each.join();
}

TEST_F(CudaDeviceTest, ManyLaunchesInARowAllRun) {
  const std::unique_ptr<DeviceKernel> loaded = load();
  Vectors vectors(*device, 100);
  StreamPoint last = 0;
  for (int i = 1; i <= 5000; ++i) {
    last = vectors.launch(*loaded, static_cast<float>(i % 100));
    if (i % 97 == 0) (void)vectors.stream->is_reached(last);
  }
  vectors.stream->wait(last / 2);
  vectors.stream->wait(last);
  EXPECT_TRUE(vectors.stream->is_reached(last));
  expect_scaled(vectors.x, vectors.y(), 0);
}

TEST_F(CudaDeviceTest, MoreMemoryThanThereIsIsRefusedAndTheDeviceWorksOn) {
  const auto error =
      error_of<OutOfMemoryError>([&] { (void)device->allocate(2 * device->info().limits.memory_bytes); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), AllOf(HasSubstr("'cuda:0'"), HasSubstr("has no room for"), HasSubstr("are free")));
  EXPECT_EQ(device->loss(), std::nullopt);
  EXPECT_EQ(device->allocate(16)->size_bytes(), 16u);
  EXPECT_EQ(device->allocate(0)->size_bytes(), 0u);
}

TEST_F(CudaDeviceTest, APtxKernelRunsAndAWrongOneCarriesTheLog) {
  const NvrtcLoad nvrtc = Nvrtc::open();
  ASSERT_NE(nvrtc.nvrtc, nullptr);
  const std::string& name = device->info().driver;
  const std::string architecture = name.substr(name.rfind("sm_") + 3);
  const NvrtcOutcome outcome = nvrtc.nvrtc->compile(
      {.text = scale_text, .file = "scale.cpp", .target = "compute_" + architecture, .options = {"--fmad=false"}});
  ASSERT_TRUE(outcome.is_compiled) << outcome.log;
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_PTX, 0, outcome.ptx.c_str(), "scale", nullptr};
  const std::unique_ptr<DeviceKernel> loaded = load();
  Vectors vectors(*device, 1000);
  vectors.launch(*loaded, 4);
  expect_scaled(vectors.x, vectors.y(), 4);

  kernel.sources[0].entry = "absent";
  const auto missing = error_of<CompilationError>([&] { (void)device->build(kernel.definition()); });
  ASSERT_TRUE(missing.has_value());
  EXPECT_THAT(missing->what(), HasSubstr("has no kernel 'absent' for 'cuda:0': it has 'scale'"));

  const std::string wrong = outcome.ptx.substr(0, outcome.ptx.find('{')) + "{ nonsense; }";
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_PTX, 0, wrong.c_str(), "scale", nullptr};
  const auto error = error_of<CompilationError>([&] { (void)device->build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->context().cause, AllOf(HasSubstr("ptxas"), HasSubstr("CUDA_ERROR_INVALID_PTX")));
}

TEST_F(CudaDeviceTest, ADamagedImageIsRefused) {
  std::vector<std::byte> image = device->build(kernel.definition());
  image[image.size() / 2] ^= std::byte{1};
  EXPECT_THROW((void)device->load(kernel.definition(), image), DeviceError);
  EXPECT_EQ(device->loss(), std::nullopt);
}

/// In a process of its own: it takes the device from this one.
TEST_F(CudaDeviceTest, AKernelThatFailsLosesTheDevice) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto fail = [this] {
    kernel.sources[0].text =
        "extern \"C\" __global__ void scale(float, bool, float* x, unsigned, float*, unsigned, unsigned, unsigned) "
        "{ *(volatile float*)8 = x[0]; }";
    const std::unique_ptr<DeviceKernel> loaded = load();
    Vectors vectors(*device, 100);
    const StreamPoint point = vectors.launch(*loaded, 1);
    try {
      vectors.stream->wait(point);
    } catch (const DeviceError& error) {
      const bool is_told = device->loss() == error.what() && error.context().kernel == "demo::scale";
      bool stays = false;
      try {
        (void)device->allocate(16);
      } catch (const DeviceError&) {
        stays = true;
      }
      std::fprintf(stderr, "%s\n", error.what());
      std::exit(is_told && stays && vectors.stream->is_reached(point) ? 0 : 1);
    }
    std::exit(2);
  };
  EXPECT_EXIT(fail(), testing::ExitedWithCode(0), "CUDA_ERROR_ILLEGAL_ADDRESS");
}

TEST_F(CudaDeviceTest, CopiesPinsAndTakesMemoryOfOthers) {
  constexpr std::size_t count = 100'003;
  const auto pinned = device->allocate_pinned(count);
  ASSERT_NE(pinned, nullptr);
  std::mt19937 random(1);
  for (std::byte& each : pinned->bytes()) each = static_cast<std::byte>(random());
  const auto memory = device->allocate(2 * count);
  const auto stream = device->create_stream();
  stream->write(*memory, 0, pinned->bytes());
  stream->copy(*memory, count + 1, *memory, 1, count - 1);
  const auto borrowed = device->adopt(memory->native_handle() + count, count, Ownership::borrowed);
  std::vector<std::byte> back(count);
  stream->wait(stream->read(std::span(back).subspan(1), *borrowed, 1));
  EXPECT_TRUE(std::equal(back.begin() + 1, back.end(), pinned->bytes().begin() + 1));
  EXPECT_NE(device->native_context(), 0u);
  EXPECT_FALSE(device->can_access_peer(*device));
  EXPECT_TRUE(error_of<DeviceError>([&] {
                static_cast<void>(device->adopt(memory->native_handle(), 4 * count, Ownership::borrowed));
              }).has_value());
  EXPECT_TRUE(error_of<DeviceError>([&] {
                static_cast<void>(device->adopt(reinterpret_cast<std::uintptr_t>(&count), 1, Ownership::borrowed));
              }).has_value());
}

}  // namespace
}  // namespace dotcompute::cuda::test
