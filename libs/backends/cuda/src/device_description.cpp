#include "device_description.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace dotcompute::cuda {

namespace {

int cores_per_multiprocessor(int architecture) {
  switch (architecture) {
    case 60:
    case 70:
    case 72:
    case 75:
    case 80: return 64;
    default: return 128;
  }
}

/// Reads attributes one after the other and keeps the first failure.
class Attributes {
 public:
  Attributes(const Driver& driver, DeviceHandle device) : driver_(driver), device_(device) {}

  int read(DeviceAttribute attribute) {
    int value = 0;
    const Result result = driver_.cuDeviceGetAttribute(&value, attribute, device_);
    if (result != Result::success && result_ == Result::success) result_ = result;
    return value;
  }
  std::uint64_t read_size(DeviceAttribute attribute) {
    return static_cast<std::uint64_t>(std::max(0, read(attribute)));
  }
  /// 0 if the driver does not know it; that is no failure.
  int read_if_known(DeviceAttribute attribute) {
    int value = 0;
    return driver_.cuDeviceGetAttribute(&value, attribute, device_) == Result::success ? value : 0;
  }
  [[nodiscard]] Result result() const noexcept { return result_; }

 private:
  const Driver& driver_;
  DeviceHandle device_;
  Result result_ = Result::success;
};

}  // namespace

DeviceSpeed estimate_speed(int architecture, int multiprocessors, int clock_khz, int memory_clock_khz,
                           int bus_width_bits) {
  const double clock_ghz = clock_khz > 0 ? clock_khz * 1e-6 : 1.5;
  DeviceSpeed speed;
  speed.operations_per_ns = multiprocessors * cores_per_multiprocessor(architecture) * clock_ghz;
  const bool tells_memory = memory_clock_khz > 0 && bus_width_bits > 0;
  speed.memory_bytes_per_ns = tells_memory ? 2.0 * memory_clock_khz * 1e-6 * bus_width_bits / 8 : 300;
  // Pageable memory passes through the driver's buffers; a launch and the wait for it take a few trips over the bus.
  speed.transfer_bytes_per_ns = 6;
  speed.launch_ns = 10'000;
  return speed;
}

std::optional<std::string> describe_device(const Driver& driver, int ordinal, DeviceDescription& description) {
  const auto failure = [&](const char* call, Result result) {
    return fmt::format("the driver does not describe it: {} gave {}; see whether nvidia-smi lists the device", call,
                       driver.describe(result));
  };
  if (const Result result = driver.cuDeviceGet(&description.handle, ordinal); result != Result::success) {
    return failure("cuDeviceGet", result);
  }
  std::array<char, 256> name{};
  if (const Result result = driver.cuDeviceGetName(name.data(), static_cast<int>(name.size()) - 1, description.handle);
      result != Result::success) {
    return failure("cuDeviceGetName", result);
  }
  std::size_t memory_bytes = 0;
  if (const Result result = driver.cuDeviceTotalMem(&memory_bytes, description.handle); result != Result::success) {
    return failure("cuDeviceTotalMem", result);
  }

  using enum DeviceAttribute;
  Attributes attributes(driver, description.handle);
  description.architecture = attributes.read(compute_capability_major) * 10 + attributes.read(compute_capability_minor);
  description.largest_grid = {attributes.read_size(max_grid_dim_x), attributes.read_size(max_grid_dim_y),
                              attributes.read_size(max_grid_dim_z)};
  const int multiprocessors = attributes.read(multiprocessor_count);

  AcceleratorInfo& info = description.info;
  info.id = fmt::format("cuda:{}", ordinal);
  info.name = name.data();
  info.backend = "cuda";
  info.concurrency = static_cast<std::size_t>(std::max(1, multiprocessors));
  info.runs_on_host_cores = false;
  info.stages_pageable = attributes.read_if_known(integrated) == 0;
  info.limits.memory_bytes = memory_bytes;
  info.limits.largest_allocation_bytes = memory_bytes;
  info.limits.local_memory_bytes = attributes.read_size(max_shared_memory_per_block);
  info.limits.largest_group_items = attributes.read_size(max_threads_per_block);
  info.limits.largest_group = {attributes.read_size(max_block_dim_x), attributes.read_size(max_block_dim_y),
                               attributes.read_size(max_block_dim_z)};
  const int mode = attributes.read(compute_mode);
  if (attributes.result() != Result::success) return failure("cuDeviceGetAttribute", attributes.result());
  info.speed = estimate_speed(description.architecture, multiprocessors, attributes.read_if_known(clock_rate_khz),
                              attributes.read_if_known(memory_clock_rate_khz),
                              attributes.read_if_known(global_memory_bus_width_bits));

  if (description.architecture < oldest_architecture) {
    return fmt::format("{} has compute capability {}.{}, and at least {}.{} is needed", info.name,
                       description.architecture / 10, description.architecture % 10, oldest_architecture / 10,
                       oldest_architecture % 10);
  }
  if (mode == compute_mode_prohibited) {
    return fmt::format("{} is set to take no work; allow it with 'nvidia-smi --compute-mode=DEFAULT'", info.name);
  }
  return std::nullopt;
}

}  // namespace dotcompute::cuda
