#pragma once

/// The OpenCL devices of this machine, for tests that need a real one.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>

#include "kernel_texts.hpp"

namespace dotcompute::test {

/// The devices of a loader; those of one test program are found once, as a program does.
struct MachineDevices {
  explicit MachineDevices(bool out_of_order) {
    // PoCL keeps what it compiles there.
    setenv("POCL_CACHE_DIR", DOTCOMPUTE_TEST_POCL_CACHE, 0);
    provider = make_opencl_provider({.out_of_order = out_of_order});
    found = provider->find();
  }
  std::unique_ptr<AcceleratorProvider> provider;
  FoundAccelerators found;
};

/// Lets go of the devices when the tests are over: not every driver can do without what the end of a process destroys.
class FoundDevices final : public testing::Environment {
 public:
  void TearDown() override {
    for (std::unique_ptr<MachineDevices>& each : devices_) each.reset();
  }
  MachineDevices& get(bool out_of_order) {
    std::unique_ptr<MachineDevices>& devices = devices_[out_of_order ? 1 : 0];
    if (devices == nullptr) devices = std::make_unique<MachineDevices>(out_of_order);
    return *devices;
  }

 private:
  std::unique_ptr<MachineDevices> devices_[2];
};

inline FoundDevices* const found_devices = new FoundDevices;
// The framework owns it.
inline testing::Environment* const environment = testing::AddGlobalTestEnvironment(found_devices);

inline MachineDevices& machine_devices(bool out_of_order) { return found_devices->get(out_of_order); }

/// Runs each test with in-order and with out-of-order queues; skips where there is no device.
class OpenClDevice : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const FoundAccelerators& found = machine_devices(GetParam()).found;
    if (!found.accelerators.empty()) return;
    std::string reasons;
    for (const AbsentAccelerator& absent : found.absent) reasons += absent.id + ": " + absent.reason + "\n";
    GTEST_SKIP() << reasons;
  }

  [[nodiscard]] std::size_t device_count() const { return machine_devices(GetParam()).found.accelerators.size(); }
  DeviceAccelerator& device(std::size_t index = 0) {
    return dynamic_cast<DeviceAccelerator&>(*machine_devices(GetParam()).found.accelerators.at(index));
  }

  std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel, std::size_t index = 0) {
    return device(index).load(kernel, device(index).build(kernel));
  }

  /// Memory with a copy of the values.
  template <class T>
  std::unique_ptr<DeviceMemory> copy_of(Stream& stream, const std::vector<T>& values, std::size_t index = 0) {
    auto memory = device(index).allocate(values.size() * sizeof(T));
    stream.wait(stream.write(*memory, 0, std::as_bytes(std::span(values))));
    return memory;
  }

  template <class T>
  std::vector<T> contents(Stream& stream, const DeviceMemory& memory) {
    std::vector<T> values(memory.size_bytes() / sizeof(T));
    stream.wait(stream.read(std::as_writable_bytes(std::span(values)), memory, 0));
    return values;
  }
};

template <class Block>
DeviceLaunch launch_of(const Block& block, std::span<const DeviceSpan> spans, dotcompute_grid grid,
                       dotcompute_grid group = {{0, 0, 0}}) {
  DeviceLaunch launch;
  launch.arguments = reinterpret_cast<const std::byte*>(&block);
  launch.spans = spans;
  launch.grid = grid;
  launch.group = group;
  return launch;
}

inline std::vector<float> random_floats(std::size_t count, std::mt19937& random) {
  std::uniform_real_distribution<float> any(-1000, 1000);
  std::vector<float> values(count);
  for (float& value : values) value = any(random);
  return values;
}

/// Rounded after the multiplication, whatever the options of this compilation.
inline float saxpy(float a, float x, float y) {
  volatile float product = a * x;
  return product + y;
}

}  // namespace dotcompute::test
