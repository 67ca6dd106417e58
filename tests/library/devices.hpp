#pragma once

/// What the tests of the library of kernels share: the devices, random inputs and comparisons.
///
/// Each algorithm is driven to its result on every device, and compared with a computation of the whole problem that
/// has no code of the kernel's.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/dotcompute.hpp>

namespace library {

/// reference, the instruction sets of the cpu and opencl, as names of tests.
[[nodiscard]] std::vector<std::string> device_names();

/// A test on one device, whose name is the parameter. Skipped, with the reason, where the device is not there.
class OnDevice : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;

  [[nodiscard]] const dotcompute::Launcher& device() const { return *device_; }
  [[nodiscard]] std::mt19937_64& random() { return random_; }

  /// Numbers between two limits.
  template <class T>
  [[nodiscard]] std::vector<T> random_numbers(std::size_t count, T least, T most) {
    std::vector<T> numbers(count);
    for (T& each : numbers) {
      const double fraction = static_cast<double>(random_() >> 11) * 0x1p-53;
      if constexpr (std::is_integral_v<T>) {
        each = static_cast<T>(least + static_cast<T>(fraction * (static_cast<double>(most) - least + 1)));
      } else {
        each = static_cast<T>(least + static_cast<T>(fraction) * (most - least));
      }
    }
    return numbers;
  }

 private:
  const dotcompute::Launcher* device_ = nullptr;
  std::mt19937_64 random_{dotcompute::conformance::seed_of_this_run()};
};

/// Every element is equal.
template <class T>
void expect_equal(const std::vector<T>& actual, const std::vector<T>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i], expected[i]) << "element " << i << " of " << actual.size();
  }
}

/// Every element is as near to what is expected as its own limit says.
template <class T, class E>
void expect_near(const std::vector<T>& actual, const std::vector<E>& expected, const std::vector<double>& limits) {
  ASSERT_EQ(actual.size(), expected.size());
  ASSERT_EQ(actual.size(), limits.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_LE(std::fabs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])), limits[i])
        << "element " << i << " of " << actual.size() << ": " << actual[i] << " instead of " << expected[i];
  }
}
template <class T, class E>
void expect_near(const std::vector<T>& actual, const std::vector<E>& expected, double limit) {
  expect_near(actual, expected, std::vector<double>(actual.size(), limit));
}

/// The exclusive prefix sums, with the kernels of Blelloch's scan.
[[nodiscard]] std::vector<std::uint32_t> exclusive_scan(const dotcompute::Launcher& device,
                                                        const std::vector<std::uint32_t>& in);

constexpr double float_epsilon = 0x1p-24;   ///< The largest relative error of one rounding.
constexpr double double_epsilon = 0x1p-53;  ///< The same for double.

}  // namespace library

/// The tests of a suite, on each device.
#define DOTCOMPUTE_ON_EACH_DEVICE(suite)                                               \
  INSTANTIATE_TEST_SUITE_P(Library, suite, testing::ValuesIn(library::device_names()), \
                           [](const auto& info) { return info.param; })
