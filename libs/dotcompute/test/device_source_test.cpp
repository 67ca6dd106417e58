// Kernels that a program gives in the languages of devices.

#include <dotcompute/dotcompute.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <dotcompute/kernel/registry.hpp>

namespace {

using dotcompute::arg;
using dotcompute::DeviceLanguage;
using dotcompute::DeviceSource;
using dotcompute::Runtime;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Adds the elements of each group of 64 through memory that they share.
DeviceSource group_sums() {
  DeviceSource source;
  source.name = "mine::group_sums";
  source.parameters =
      dotcompute::declared_parameters<std::span<const float>, std::span<float>, std::uint32_t>({"in", "sums", "count"});
  source.texts.push_back({DeviceLanguage::opencl_c, R"(
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void group_sums(__global const float* in, __global float* sums, uint count) {
  __local float shared[64];
  uint i = get_local_id(0);
  uint g = get_global_id(0);
  shared[i] = g < count ? in[g] : 0.0f;
  for (uint half_size = 32; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (i < half_size) shared[i] += shared[i + half_size];
  }
  if (i == 0) sums[get_group_id(0)] = shared[0];
}
)",
                          "group_sums"});
  source.texts.push_back({DeviceLanguage::cuda_c, R"(
extern "C" __global__ void group_sums(const float* in, float* sums, unsigned int count) {
  __shared__ float shared[64];
  unsigned int i = threadIdx.x;
  unsigned int g = blockIdx.x * 64 + i;
  shared[i] = g < count ? in[g] : 0.0f;
  for (unsigned int half_size = 32; half_size > 0; half_size /= 2) {
    __syncthreads();
    if (i < half_size) shared[i] += shared[i + half_size];
  }
  if (i == 0) sums[blockIdx.x] = shared[0];
}
)",
                          "group_sums"});
  return source;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const dotcompute::ComputeError& error) {
    return std::string(error.what()) + error.context().cause;
  }
  return "no error";
}

/// The devices that take `kernel` beyond the host's own.
std::vector<std::string> devices_for(const Runtime& runtime, const dotcompute::KernelDefinition& kernel) {
  std::vector<std::string> ids;
  for (const dotcompute::AcceleratorStatus& device : runtime.accelerators()) {
    if (device.available && !runtime.accelerator(device.info.id).refusal(kernel)) ids.push_back(device.info.id);
  }
  return ids;
}

TEST(DeviceSource, runs_by_name_where_its_language_is_understood) {
  Runtime runtime = Runtime::create();
  const auto kernel = runtime.add_device_source(group_sums());
  const std::vector<std::string> devices = devices_for(runtime, kernel);
  if (devices.empty()) GTEST_SKIP() << "this machine has no device that takes OpenCL C or CUDA C";
  const std::vector<float> in(200, 0.5f);
  for (const std::string& device : devices) {
    std::vector<float> sums(4, -1.0f);
    const auto report = runtime.on(device).over(256).in_groups_of(64).run(
        "mine::group_sums", arg("in", in), arg("sums", sums), arg("count", std::uint32_t{200}));
    EXPECT_THAT(sums, ElementsAre(32.0f, 32.0f, 32.0f, 4.0f)) << device;
    EXPECT_EQ(report.accelerator, device);
  }
}

TEST(DeviceSource, the_host_s_devices_refuse_it_and_say_why) {
  Runtime runtime = Runtime::create();
  runtime.add_device_source(group_sums());
  std::vector<float> in(64), sums(1);
  for (const char* device : {"cpu", "reference"}) {
    EXPECT_THAT(message_of([&] {
                  runtime.on(device).run("mine::group_sums", arg("in", in), arg("sums", sums), arg("count", 64u));
                }),
                AllOf(HasSubstr(std::string(device) + " cannot run the kernel mine::group_sums"),
                      HasSubstr("is written in the languages of other devices only")));
  }
}

TEST(DeviceSource, an_entry_that_is_not_in_the_text_is_named) {
  Runtime runtime = Runtime::create();
  DeviceSource source = group_sums();
  for (dotcompute::DeviceText& text : source.texts) text.entry = "group_sum";
  const auto kernel = runtime.add_device_source(source);
  const std::vector<std::string> devices = devices_for(runtime, kernel);
  if (devices.empty()) GTEST_SKIP() << "this machine has no device that takes OpenCL C or CUDA C";
  std::vector<float> in(64), sums(1);
  for (const std::string& device : devices) {
    EXPECT_THAT(message_of([&] {
                  runtime.on(device).run("mine::group_sums", arg("in", in), arg("sums", sums), arg("count", 64u));
                }),
                AllOf(HasSubstr("mine::group_sums"), HasSubstr("'group_sum'"), HasSubstr("group_sums")))
        << device;
  }
}

TEST(DeviceSource, what_the_device_s_compiler_says_reaches_the_caller) {
  Runtime runtime = Runtime::create();
  DeviceSource source = group_sums();
  for (dotcompute::DeviceText& text : source.texts) text.text += "\nint broken( { return undeclared_word; }\n";
  const auto kernel = runtime.add_device_source(source);
  const std::vector<std::string> devices = devices_for(runtime, kernel);
  if (devices.empty()) GTEST_SKIP() << "this machine has no device that takes OpenCL C or CUDA C";
  std::vector<float> in(64), sums(1);
  for (const std::string& device : devices) {
    EXPECT_THAT(message_of([&] {
                  runtime.on(device).run("mine::group_sums", arg("in", in), arg("sums", sums), arg("count", 64u));
                }),
                AllOf(HasSubstr("mine::group_sums"), HasSubstr(device), HasSubstr("error")))
        << device;
  }
}

TEST(DeviceSource, a_source_of_the_same_name_replaces_the_earlier_one) {
  Runtime runtime = Runtime::create();
  runtime.add_device_source(group_sums());
  DeviceSource changed = group_sums();
  changed.texts.pop_back();
  const auto kernel = runtime.add_device_source(changed);
  EXPECT_EQ(kernel.sources().size(), 1u);
  EXPECT_EQ(dotcompute::KernelRegistry::instance().get("mine::group_sums").sources().size(), 1u);
}

}  // namespace
