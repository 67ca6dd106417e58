#pragma once

/// A runtime with the host's test devices and two with memory of their own, "test:0" and "test:1".

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/memory/unified_buffer.hpp>

#include "runtime_fixture.hpp"
#include "test_device.hpp"

namespace dotcompute::test {

[[nodiscard]] inline RuntimeParts parts_with_devices(const std::shared_ptr<TestDeviceState>& state,
                                                     std::vector<TestDeviceOptions> devices) {
  RuntimeParts parts = test_parts();
  parts.providers.push_back(std::make_unique<TestDeviceProvider>(std::move(devices), state));
  return parts;
}

/// Of a driver that has built nothing yet: images are remembered as long as the process.
[[nodiscard]] inline std::string new_driver() {
  static int drivers = 0;
  return "driver " + std::to_string(++drivers) + " of a test";
}

class DeviceTest : public testing::Test {
 protected:
  Registration demo{demo_unit()};
  std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>();
  std::unique_ptr<detail::RuntimeCore> core = std::make_unique<detail::RuntimeCore>(
      parts_with_devices(state, {TestDeviceOptions{}, TestDeviceOptions{.id = "test:1"}}));
  Launcher runtime{*core};
  Launcher device = runtime.on("test:0");
};

}  // namespace dotcompute::test
