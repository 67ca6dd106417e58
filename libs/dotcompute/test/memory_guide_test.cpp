// The pieces of docs/guides/memory.md, run on a device with memory of its own where there is one, else on the cpu.

#include <dotcompute/dotcompute.hpp>
#include <dotcompute/memory/dlpack.hpp>

#include <array>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include <dlpack/dlpack.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_kernels.hpp"

namespace {

using dotcompute::Access;
using dotcompute::BufferView;
using dotcompute::Runtime;
using dotcompute::UnifiedBuffer;

class MemoryGuide : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& status : runtime.accelerators()) {
      if (status.available && status.info.backend != "cpu" && status.info.backend != "reference")
        device = status.info.id;
    }
  }

  Runtime runtime = Runtime::create();
  std::string device = "cpu";
};

TEST_F(MemoryGuide, a_buffer) {
  std::vector<float> values(1000, 1.0f);
  UnifiedBuffer<float> x(values);  // a copy of a vector or span
  UnifiedBuffer<float> y(1000);    // zeros
  runtime.on(device).run(demo::saxpy, 2.0f, x, y);
  runtime.on(device).run(demo::saxpy, 2.0f, x, y);    // nothing is copied: x and y are there
  for (const float v : y.span()) ASSERT_EQ(v, 4.0f);  // copied home, once
  y.copy_to(values);
  EXPECT_EQ(values[999], 4.0f);
}

TEST_F(MemoryGuide, views) {
  UnifiedBuffer<float> x(1000), y(1000);
  x.fill(1.0f);
  const BufferView<float> second_half = y.slice(500, 500);
  runtime.on(device).run(demo::saxpy, 2.0f, x.slice(0, 500), second_half);

  std::array<float, 4> few{};
  y.read(498, few);  // copies 8 bytes home, of the half that was written
  EXPECT_THAT(few, testing::ElementsAre(0, 0, 2, 2));
  y.write(0, few);
  x.slice(0, 500).copy_from(second_half);  // on the device, since that has the newest
  EXPECT_EQ(x.span()[499], 2.0f);

  struct Point {
    float x, y;
  };
  const BufferView<Point> points = y.as<Point>();  // 500 of them, in the same memory
  EXPECT_EQ(points.size(), 500u);
}

TEST_F(MemoryGuide, when_data_moves) {
  UnifiedBuffer<float> x(1000), y(1000);
  x.prefetch(runtime.accelerator(device));  // starts the copy and returns
  y.prefetch(runtime.accelerator(device));
  const auto report = runtime.on(device).run(demo::saxpy, 2.0f, x, y);
  EXPECT_EQ(report.bytes_to_device, 0u);
  y.synchronize();  // brings home what the device has newer
  EXPECT_EQ(y.span()[0], 0.0f);
}

TEST_F(MemoryGuide, a_mapping) {
  UnifiedBuffer<float> x(1000), y(1000);
  {
    const auto mapping = x.map(Access::write);
    float next = 0;
    for (float& v : mapping.mutable_span()) v = next++;
  }  // From here on launches may use x again.
  runtime.on(device).run(demo::saxpy, 1.0f, x, y);
  EXPECT_EQ(y.span()[999], 999.0f);
}

TEST_F(MemoryGuide, other_memory) {
  std::vector<float> mine(1000, 1.0f);
  auto adopted = UnifiedBuffer<float>::adopt(mine);  // no copy, and never freed

  std::pmr::monotonic_buffer_resource arena;
  UnifiedBuffer<float> in_arena(1000, arena);
  runtime.on(device).run(demo::saxpy, 1.0f, adopted, in_arena);
  EXPECT_EQ(in_arena.span()[0], 1.0f);
}

TEST_F(MemoryGuide, tensors) {
  UnifiedBuffer<float> image(std::vector<float>(600, 1.0f));
  const std::array<std::int64_t, 2> shape{20, 30};
  DLManagedTensor* tensor = dotcompute::to_dlpack(image.view(), shape);
  // ... PyTorch, NumPy and others take it, and call its deleter when they are done with it.
  auto again = dotcompute::from_dlpack<float>(tensor);  // deletes the tensor when it goes
  EXPECT_EQ(again.span().data(), image.span().data());
}

}  // namespace
