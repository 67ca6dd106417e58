#include "device_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace dotcompute::opencl {

namespace {

/// Asks a device; whatever it does not answer is zero or empty.
class Questions {
 public:
  Questions(const Library& library, cl_device_id device) noexcept : library_(library), device_(device) {}

  template <class T>
  [[nodiscard]] T number(cl_device_info what) const {
    T value{};
    if (library_.clGetDeviceInfo(device_, what, sizeof value, &value, nullptr) != CL_SUCCESS) return T{};
    return value;
  }

  [[nodiscard]] std::string text(cl_device_info what) const {
    std::size_t size = 0;
    if (library_.clGetDeviceInfo(device_, what, 0, nullptr, &size) != CL_SUCCESS || size == 0) return {};
    std::string value(size, '\0');
    if (library_.clGetDeviceInfo(device_, what, size, value.data(), nullptr) != CL_SUCCESS) return {};
    value.resize(std::min(value.find('\0'), value.size()));
    return value;
  }

 private:
  const Library& library_;
  cl_device_id device_;
};

bool has_extension(const Questions& ask, const std::string& name) {
  return (" " + ask.text(CL_DEVICE_EXTENSIONS) + " ").find(" " + name + " ") != std::string::npos;
}

DeviceLimits limits_of(const Questions& ask) {
  DeviceLimits limits;
  limits.memory_bytes = ask.number<cl_ulong>(CL_DEVICE_GLOBAL_MEM_SIZE);
  limits.largest_allocation_bytes = ask.number<cl_ulong>(CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  limits.local_memory_bytes = ask.number<cl_ulong>(CL_DEVICE_LOCAL_MEM_SIZE);
  limits.largest_group_items = ask.number<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE);
  // A device may have more than three dimensions, and then answers with as many numbers.
  struct Sides {
    std::size_t at[16];
  };
  const cl_uint dimensions = ask.number<cl_uint>(CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS);
  const Sides sides = ask.number<Sides>(CL_DEVICE_MAX_WORK_ITEM_SIZES);
  for (std::size_t d = 0; d < 3; ++d) limits.largest_group[d] = d < dimensions ? sides.at[d] : 1;
  limits.has_fp64 = ask.number<cl_device_fp_config>(CL_DEVICE_DOUBLE_FP_CONFIG) != 0;
  limits.has_int64_atomics = has_extension(ask, "cl_khr_int64_base_atomics");
  return limits;
}

bool is_cpu(const Questions& ask) { return (ask.number<cl_device_type>(CL_DEVICE_TYPE) & CL_DEVICE_TYPE_CPU) != 0; }

/// Simulators say that they are everything.
bool is_only_cpu(const Questions& ask) {
  return (ask.number<cl_device_type>(CL_DEVICE_TYPE) & ~cl_device_type{CL_DEVICE_TYPE_DEFAULT}) == CL_DEVICE_TYPE_CPU;
}

/// From what the device says of its clock and width, and from what such devices usually have where OpenCL has no
/// question for it.
DeviceSpeed speed_of(const Questions& ask) {
  const bool cpu = is_cpu(ask);
  const bool shares_memory = cpu || ask.number<cl_bool>(CL_DEVICE_HOST_UNIFIED_MEMORY) == CL_TRUE;
  const double units = std::max(ask.number<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS), cl_uint{1});
  const double clock_ghz = std::max(ask.number<cl_uint>(CL_DEVICE_MAX_CLOCK_FREQUENCY), cl_uint{1}) * 1e-3;
  // A unit of a GPU has 64 lanes or some more, whatever width it calls native.
  constexpr double gpu_lanes = 64;
  const double lanes = cpu ? std::max(ask.number<cl_uint>(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT), cl_uint{1}) : gpu_lanes;

  DeviceSpeed speed;
  speed.operations_per_ns = units * clock_ghz * lanes;
  // A core's share of a host's memory up to what its controllers give; an integrated GPU has all of that, and one on
  // a card has memory of its own.
  speed.memory_bytes_per_ns = cpu ? std::min(8 * units, 40.0) : shares_memory ? 40 : 300;
  // Reads and writes are copies even where the memory is the host's: by the driver's memcpy, or over PCIe 3.
  speed.transfer_bytes_per_ns = shares_memory ? 6 : 12;
  // The threads of a driver on the CPU have to be woken and waited for.
  speed.launch_ns = cpu ? 20'000 : 10'000;
  return speed;
}

/// "OpenCL 1.2 Vendor's words" as 102; 0 for anything else.
int version_number(const std::string& version) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(version.c_str(), "OpenCL %d.%d", &major, &minor) != 2) return 0;
  return major * 100 + minor;
}

std::optional<std::string> reason_unusable(const Questions& ask, const AcceleratorInfo& info) {
  if (ask.number<cl_bool>(CL_DEVICE_AVAILABLE) != CL_TRUE) {
    return fmt::format("{} is present, but its driver says that it is not available", info.name);
  }
  const std::string version = ask.text(CL_DEVICE_VERSION);
  if (version_number(version) < 102) {
    return fmt::format("{} has '{}' and OpenCL 1.2 is needed; install a newer driver", info.name, version);
  }
  if (ask.number<cl_bool>(CL_DEVICE_COMPILER_AVAILABLE) != CL_TRUE) {
    return fmt::format("the driver of {} has no compiler for OpenCL C; install the vendor's full driver", info.name);
  }
  if (ask.number<cl_bool>(CL_DEVICE_ENDIAN_LITTLE) != CL_TRUE) {
    return fmt::format("{} keeps numbers in the other byte order than the host", info.name);
  }
  if (info.limits.largest_group_items == 0 || info.limits.largest_allocation_bytes == 0) {
    return fmt::format("{} does not say how large its groups and allocations may be; install a newer driver",
                       info.name);
  }
  return std::nullopt;
}

}  // namespace

std::string build_options(const DeviceTraits& traits, Arithmetic arithmetic) {
  // Strict floating point is the default of OpenCL, but for division and square root, which it lets be less precise.
  std::string options = traits.rounds_division_correctly ? "-cl-fp32-correctly-rounded-divide-sqrt" : "";
  // Not -cl-fast-relaxed-math, with which a NaN or an infinity may become anything.
  if (arithmetic == Arithmetic::fast) options = "-cl-unsafe-math-optimizations";
  if (!traits.has_sound_optimiser) options += options.empty() ? "-cl-opt-disable" : " -cl-opt-disable";
  return options;
}

std::string platform_text(const Library& library, cl_platform_id platform, cl_platform_info what) {
  std::size_t size = 0;
  if (library.clGetPlatformInfo(platform, what, 0, nullptr, &size) != CL_SUCCESS || size == 0) return {};
  std::string value(size, '\0');
  if (library.clGetPlatformInfo(platform, what, size, value.data(), nullptr) != CL_SUCCESS) return {};
  value.resize(std::min(value.find('\0'), value.size()));
  return value;
}

DeviceDescription describe_device(const Library& library, cl_platform_id platform, cl_device_id device,
                                  std::string id) {
  const Questions ask(library, device);
  const auto single_precision = ask.number<cl_device_fp_config>(CL_DEVICE_SINGLE_FP_CONFIG);

  const std::string device_name = ask.text(CL_DEVICE_NAME);
  DeviceDescription description;
  DeviceTraits& traits = description.traits;
  traits.address_bits = std::max(ask.number<cl_uint>(CL_DEVICE_ADDRESS_BITS), cl_uint{32});
  traits.sub_buffer_alignment_bytes = std::max(ask.number<cl_uint>(CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8, cl_uint{1});
  traits.rounds_division_correctly = (single_precision & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  traits.has_out_of_order_queues = (ask.number<cl_command_queue_properties>(CL_DEVICE_QUEUE_PROPERTIES) &
                                    CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0;

  // Oclgrind 21.10 interprets, and does not know functions that its LLVM's optimiser makes of shifts and the like.
  traits.has_sound_optimiser = platform_text(library, platform, CL_PLATFORM_NAME) != "Oclgrind";
  // The driver of PoCL 3.1 that has no threads of its own runs a command where another device's ends that it waited
  // for, and there waits for a lock that is held.
  traits.waits_for_others = platform_text(library, platform, CL_PLATFORM_NAME) != "Portable Computing Language" ||
                            !(device_name.starts_with("basic") || device_name.starts_with("cpu-minimal"));
  // Every GPU takes 256, enough to fill its lanes. A processor runs a group as a loop, and the longer the loop, the
  // less its beginning and end cost: on PoCL a saxpy of a million floats takes a quarter less time with 1024 than with
  // 256.
  traits.usual_group_items = is_only_cpu(ask) ? 1024 : 256;

  AcceleratorInfo& info = description.info;
  info.id = std::move(id);
  info.name = fmt::format("{}, {}", device_name.empty() ? "a device without a name" : device_name,
                          platform_text(library, platform, CL_PLATFORM_NAME));
  if ((single_precision & CL_FP_DENORM) == 0) info.name += ", subnormal floats become zero";
  info.backend = "opencl";
  info.concurrency = std::max(ask.number<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS), cl_uint{1});
  info.driver =
      fmt::format("{} | {} | {} | {} | {}", platform_text(library, platform, CL_PLATFORM_VERSION), device_name,
                  ask.text(CL_DRIVER_VERSION), ask.text(CL_DEVICE_VERSION), build_options(traits));
  info.runs_on_host_cores = is_cpu(ask);
  info.stages_pageable = !is_cpu(ask) && ask.number<cl_bool>(CL_DEVICE_HOST_UNIFIED_MEMORY) != CL_TRUE;
  info.limits = limits_of(ask);
  info.speed = speed_of(ask);
  description.unusable = reason_unusable(ask, info);
  return description;
}

}  // namespace dotcompute::opencl
