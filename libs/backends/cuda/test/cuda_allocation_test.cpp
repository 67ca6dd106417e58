#include "counted_heap.hpp"
#include "cuda_fixture.hpp"

namespace dotcompute::cuda::test {
namespace {

using dotcompute::test::allocations;

TEST_F(CudaTest, AWarmLaunchAllocatesNothing) {
  DeviceAccelerator& accelerator = open();
  const std::unique_ptr<DeviceKernel> loaded = load(accelerator);
  const std::unique_ptr<Stream> stream = accelerator.create_stream();
  const std::unique_ptr<DeviceMemory> memory = accelerator.allocate(256);
  const std::array<DeviceSpan, 2> spans{{{memory.get(), 0, 64}, {memory.get(), 0, 64}}};
  const ScaleBlock block;
  const DeviceLaunch launch{
      .arguments = reinterpret_cast<const std::byte*>(&block), .spans = spans, .grid = {{64, 1, 1}}};
  std::array<std::byte, 256> bytes{};
  driver.is_quiet = true;
  const auto round = [&] {
    stream->write(*memory, 0, bytes);
    for (int i = 0; i < 20; ++i) stream->launch(*loaded, launch);
    const StreamPoint point = stream->read(bytes, *memory, 0);
    (void)stream->is_reached(point);
    stream->wait(point);
  };
  // Once around the ring of events, and once for the thread's first context.
  for (int i = 0; i < 40; ++i) round();
  const std::size_t before = allocations.load();
  for (int i = 0; i < 100; ++i) round();
  EXPECT_EQ(allocations.load(), before);
}

}  // namespace
}  // namespace dotcompute::cuda::test
