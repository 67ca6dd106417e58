#pragma once

/// What tests of faults share: each fault is expected from every device, with its whole message.

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "devices.hpp"

namespace checked {

/// Where faulty_kernels.cpp first has a text: "faulty_kernels.cpp:12".
[[nodiscard]] std::string place_of(const std::string& text);

/// What the launch throws, without the directories of the source; "no fault" if it does not throw.
[[nodiscard]] std::string fault_of(const std::function<void()>& launch);

class Checked : public testing::Test {
 protected:
  void SetUp() override;

  /// The message of a fault in the kernel faulty::`kernel`, on the line that has `text`.
  [[nodiscard]] static std::string message(const std::string& kernel, const std::string& what, const std::string& text,
                                           const std::string& item);

  /// Expects this message from each device.
  static void expect(const std::string& kernel, const std::string& what, const std::string& text,
                     const std::string& item, const std::function<void(const dotcompute::Launcher&)>& launch);

  std::vector<float> x = std::vector<float>(10, 1.5f);
};

}  // namespace checked
