#pragma once

/// A provider over the doubles, and a kernel with a record made by hand.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/cuda/cuda_provider.hpp>
#include <dotcompute/device/device_accelerator.hpp>

#include "driver_double.hpp"
#include "nvrtc_double.hpp"

namespace dotcompute::cuda::test {

/// An environment variable, for as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    setenv(name, value, 1);
  }
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

inline constexpr dotcompute_type float_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_type bool_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_BOOL, 1, 1, "bool", nullptr, 0, nullptr, 0};

/// The argument block of `scale`.
struct ScaleBlock {
  float factor = 2;
  bool negate = false;
  dotcompute_span x{};
  dotcompute_span y{};
};

/// scale(float factor, bool negate, span<const float> x, span<float> y): y[i] = factor * x[i], negated if asked.
inline constexpr const char* scale_text = R"(
#if DOTCOMPUTE_NARROW
typedef unsigned int index_t;
#else
typedef unsigned long long index_t;
#endif
extern "C" __global__ void scale(float factor, unsigned char negate, const float* x, index_t x_size, float* y,
                                 index_t y_size, index_t grid_x, index_t first_x) {
  const index_t i = first_x + (index_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= grid_x) return;
  if (i < x_size && i < y_size) y[i] = negate ? -(factor * x[i]) : factor * x[i];
}
)";

/// The record of `scale`; tests change what they are about.
struct ScaleKernel {
  ScaleKernel() {
    record.struct_size = sizeof record;
    record.dimensions = 1;
    record.name = "demo::scale";
    record.mangled_name = "dotcompute_no_such_symbol";
    record.source_file = "scale.cpp";
    record.source_line = 12;
    record.parameter_count = static_cast<std::uint32_t>(parameters.size());
    record.parameters = parameters.data();
    record.block_size = sizeof(ScaleBlock);
    record.block_alignment = alignof(ScaleBlock);
    record.content_hash = "0";
    record.sources = sources.data();
    record.source_count = 1;
  }
  ScaleKernel(const ScaleKernel&) = delete;
  ScaleKernel& operator=(const ScaleKernel&) = delete;

  [[nodiscard]] KernelDefinition definition() const { return KernelDefinition(record); }

  std::array<dotcompute_parameter, 4> parameters{{
      {"factor", DOTCOMPUTE_PARAMETER_VALUE, 0, &float_type, offsetof(ScaleBlock, factor)},
      {"negate", DOTCOMPUTE_PARAMETER_VALUE, 0, &bool_type, offsetof(ScaleBlock, negate)},
      {"x", DOTCOMPUTE_PARAMETER_SPAN, 0, &float_type, offsetof(ScaleBlock, x)},
      {"y", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, offsetof(ScaleBlock, y)},
  }};
  std::vector<dotcompute_source> sources{{DOTCOMPUTE_LANGUAGE_CUDA_C, 0, scale_text, "scale", nullptr}, {}};
  dotcompute_kernel record{};
};

template <class Value>
Value value_of(const std::vector<std::byte>& bytes) {
  Value value{};
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// What `scale` does, for the double; `Index` is the convention's.
template <class Index>
void run_scale(const LaunchOfDouble& launch) {
  const auto factor = value_of<float>(launch.arguments[0]);
  const auto negate = value_of<std::uint8_t>(launch.arguments[1]);
  const auto* const x = reinterpret_cast<const float*>(value_of<DeviceAddress>(launch.arguments[2]));
  auto* const y = reinterpret_cast<float*>(value_of<DeviceAddress>(launch.arguments[4]));
  const std::uint64_t first = value_of<Index>(launch.arguments[7]);
  const std::uint64_t items = std::uint64_t{launch.blocks[0]} * launch.block[0];
  for (std::uint64_t i = first; i < first + items && i < value_of<Index>(launch.arguments[6]); ++i) {
    y[i] = negate != 0 ? -(factor * x[i]) : factor * x[i];
  }
}

/// The sizes of the arguments of `scale` when numbers have so many bytes.
inline std::vector<std::size_t> scale_argument_sizes(std::size_t number_bytes) {
  return {4, 1, 8, number_bytes, 8, number_bytes, number_bytes, number_bytes};
}

/// The driver and NVRTC are doubles; `open` finds the first device.
class CudaTest : public testing::Test {
 protected:
  CudaTest() {
    driver.reset();
    nvrtc.reset();
    driver.functions["scale"] = {.argument_sizes_bytes = scale_argument_sizes(4), .run = run_scale<std::uint32_t>};
  }
  ~CudaTest() override {
    accelerators.clear();
    EXPECT_EQ(driver.violations, 0) << "a call on objects of a context that was not current";
  }

  static CudaOptions options() { return {.driver_paths = {DRIVER_DOUBLE}, .nvrtc_paths = {NVRTC_DOUBLE}}; }

  /// Everything that a provider with these options finds.
  FoundAccelerators find(const CudaOptions& chosen = options()) { return make_cuda_provider(chosen)->find(); }

  /// The first device, with others that stay in `accelerators`.
  DeviceAccelerator& open(const CudaOptions& chosen = options()) {
    FoundAccelerators found = find(chosen);
    for (const AbsentAccelerator& each : found.absent) ADD_FAILURE() << each.id << ": " << each.reason;
    for (auto& each : found.accelerators) accelerators.push_back(std::move(each));
    return dynamic_cast<DeviceAccelerator&>(*accelerators.at(0));
  }

  std::unique_ptr<DeviceKernel> load(DeviceAccelerator& accelerator) {
    const std::vector<std::byte> image = accelerator.build(kernel.definition());
    return accelerator.load(kernel.definition(), image);
  }

  DriverDouble& driver = open_driver_double(DRIVER_DOUBLE);
  NvrtcDouble& nvrtc = open_nvrtc_double(NVRTC_DOUBLE);
  ScaleKernel kernel;
  std::vector<std::unique_ptr<Accelerator>> accelerators;
};

/// The error of this type that the code throws, or a failure.
template <class Error, class Code>
std::optional<Error> error_of(Code code) {
  try {
    code();
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error: " << error.what();
    return std::nullopt;
  }
  ADD_FAILURE() << "no error";
  return std::nullopt;
}

}  // namespace dotcompute::cuda::test
