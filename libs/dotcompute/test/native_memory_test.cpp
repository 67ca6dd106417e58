// Memory that is shared with a program's own code of OpenCL, on whatever device of it there is.

#include <dotcompute/dotcompute.hpp>

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/device/device_accelerator.hpp>

#include "test_kernels.hpp"

namespace {

using dotcompute::Access;
using dotcompute::Ownership;
using dotcompute::Runtime;
using dotcompute::UnifiedBuffer;
using testing::Each;

/// The functions of OpenCL that a program with code of its own calls.
class OpenCl {
 public:
  OpenCl() : library_(::dlopen("libOpenCL.so.1", RTLD_NOW)) {}
  [[nodiscard]] bool is_here() const noexcept { return library_ != nullptr; }
  template <class Function>
  [[nodiscard]] Function* find(const char* name) const {
    return reinterpret_cast<Function*>(::dlsym(library_, name));
  }

 private:
  void* library_;  // Drivers do not like to be unloaded.
};

class NativeMemory : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& status : runtime.accelerators()) {
      if (status.available && status.info.backend == "opencl") {
        // Its devices have memory of their own.
        accelerator = static_cast<dotcompute::DeviceAccelerator*>(&runtime.accelerator(status.info.id));
        break;
      }
    }
    if (accelerator == nullptr || !opencl.is_here()) GTEST_SKIP() << "no device of OpenCL";
    context = reinterpret_cast<cl_context>(accelerator->native_context());
    ASSERT_NE(context, nullptr);
    std::array<cl_device_id, 16> devices{};
    ASSERT_EQ(opencl.find<decltype(clGetContextInfo)>("clGetContextInfo")(context, CL_CONTEXT_DEVICES, sizeof devices,
                                                                          devices.data(), nullptr),
              CL_SUCCESS);
    queue = opencl.find<decltype(clCreateCommandQueue)>("clCreateCommandQueue")(context, devices[0], 0, nullptr);
    ASSERT_NE(queue, nullptr);
  }
  void TearDown() override {
    if (queue != nullptr) opencl.find<decltype(clReleaseCommandQueue)>("clReleaseCommandQueue")(queue);
  }

  [[nodiscard]] std::vector<float> read(cl_mem memory, std::size_t count) const {
    std::vector<float> values(count);
    EXPECT_EQ(opencl.find<decltype(clEnqueueReadBuffer)>("clEnqueueReadBuffer")(
                  queue, memory, CL_TRUE, 0, count * sizeof(float), values.data(), 0, nullptr, nullptr),
              CL_SUCCESS);
    return values;
  }
  void write(cl_mem memory, const std::vector<float>& values) const {
    EXPECT_EQ(opencl.find<decltype(clEnqueueWriteBuffer)>("clEnqueueWriteBuffer")(
                  queue, memory, CL_TRUE, 0, values.size() * sizeof(float), values.data(), 0, nullptr, nullptr),
              CL_SUCCESS);
  }
  [[nodiscard]] cl_mem create(std::size_t count) const {
    return opencl.find<decltype(clCreateBuffer)>("clCreateBuffer")(context, CL_MEM_READ_WRITE, count * sizeof(float),
                                                                   nullptr, nullptr);
  }
  [[nodiscard]] cl_uint holders(cl_mem memory) const {
    cl_uint count = 0;
    opencl.find<decltype(clGetMemObjectInfo)>("clGetMemObjectInfo")(memory, CL_MEM_REFERENCE_COUNT, sizeof count,
                                                                    &count, nullptr);
    return count;
  }
  void release(cl_mem memory) const { opencl.find<decltype(clReleaseMemObject)>("clReleaseMemObject")(memory); }

  Runtime runtime = Runtime::create();
  OpenCl opencl;
  dotcompute::DeviceAccelerator* accelerator = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
};

TEST_F(NativeMemory, a_buffers_memory_is_used_by_code_of_ones_own) {
  UnifiedBuffer<float> x(std::vector<float>(1000, 2.0f)), y(1000);
  runtime.on(*accelerator).run(demo::saxpy, 1.0f, x, y);
  // A cl_mem, where y is current.
  const auto memory = reinterpret_cast<cl_mem>(y.native_handle(*accelerator));
  EXPECT_THAT(read(memory, 1000), Each(2.0f));
  write(reinterpret_cast<cl_mem>(y.native_handle(*accelerator, Access::write)), std::vector<float>(1000, 5.0f));
  EXPECT_EQ(runtime.on(*accelerator).run(demo::saxpy, 1.0f, x, y).bytes_to_device, 0u);
  EXPECT_THAT(y.span(), Each(7.0f));
}

TEST_F(NativeMemory, borrowed_memory_stays_its_owners) {
  const cl_mem memory = create(1000);
  write(memory, std::vector<float>(1000, 3.0f));
  {
    UnifiedBuffer<float> y = UnifiedBuffer<float>::from_native(*accelerator, reinterpret_cast<std::uintptr_t>(memory),
                                                               1000, Ownership::borrowed);
    const UnifiedBuffer<float> x(std::vector<float>(500, 1.0f));
    const auto report = runtime.on(*accelerator).run(demo::saxpy, 1.0f, x, y.slice(0, 500));
    EXPECT_EQ(report.bytes_to_device, 2000u);  // of x: y is there.
    EXPECT_EQ(y.slice(499, 2).span()[0], 4.0f);
    EXPECT_EQ(y.slice(499, 2).span()[1], 3.0f);
  }
  EXPECT_EQ(holders(memory), 1u);
  EXPECT_EQ(read(memory, 1000)[0], 4.0f);
  release(memory);
}

TEST_F(NativeMemory, taken_memory_is_given_back_with_the_buffer) {
  const cl_mem memory = create(100);
  write(memory, std::vector<float>(100, 3.0f));
  opencl.find<decltype(clRetainMemObject)>("clRetainMemObject")(memory);
  {
    auto y = UnifiedBuffer<float>::from_native(*accelerator, reinterpret_cast<std::uintptr_t>(memory), 100,
                                               Ownership::taken);
    EXPECT_THAT(y.span(), Each(3.0f));
  }
  EXPECT_EQ(holders(memory), 1u);
  release(memory);
}

TEST_F(NativeMemory, memory_that_is_too_small_is_refused) {
  const cl_mem memory = create(100);
  EXPECT_THROW(static_cast<void>(UnifiedBuffer<float>::from_native(
                   *accelerator, reinterpret_cast<std::uintptr_t>(memory), 1000, Ownership::taken)),
               dotcompute::DeviceError);
  EXPECT_EQ(holders(memory), 1u);
  release(memory);
}

}  // namespace
