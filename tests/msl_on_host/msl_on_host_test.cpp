// The Metal text of every kernel of the suite, run on the host: it gives what the reference gives, with indices of 32
// and of 64 bits.

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/conformance/device_checks.hpp>
#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

#include "msl_on_host.hpp"

namespace msl_on_host {

namespace {

using namespace dotcompute;
using conformance::Verdict;

std::vector<std::unique_ptr<DeviceAccelerator>> both_widths() {
  std::vector<std::unique_ptr<DeviceAccelerator>> devices;
  for (const bool wide : {false, true}) devices.push_back(make_accelerator({.wide_indices = wide}));
  return devices;
}

std::vector<std::string> family_names() {
  std::map<std::string, int> families;
  for (const KernelDefinition& kernel : conformance::suite_kernels()) {
    ++families[conformance::origin_of(kernel).family];
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : families) names.push_back(name);
  return names;
}

class MslOnHost : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const auto reason = why_absent()) GTEST_SKIP() << *reason;
  }
};

TEST_P(MslOnHost, GivesWhatTheReferenceGives) {
  static const auto reference = make_reference_accelerator();
  conformance::SuiteOptions options;
  options.seed = conformance::seed_of_this_run();
  std::erase_if(options.sizes, [](std::uint64_t size) { return size > 65'537; });
  for (const auto& device : both_widths()) {
    for (const KernelDefinition& kernel : conformance::suite_kernels()) {
      if (conformance::origin_of(kernel).family != GetParam()) continue;
      const bool has_text = kernel.source(DOTCOMPUTE_LANGUAGE_MSL)->text != nullptr;
      for (const auto& result : conformance::compare_with_reference(*device, *reference, kernel, options)) {
        EXPECT_EQ(result.verdict, has_text ? Verdict::passed : Verdict::refused)
            << kernel.name() << " on " << device->info().id << ": " << result.detail;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Suite, MslOnHost, testing::ValuesIn(family_names()), [](const auto& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(MslOnHostDevice, KeepsTheContract) {
  if (const auto reason = why_absent()) GTEST_SKIP() << *reason;
  for (const auto& device : both_widths()) {
    for (const std::string_view check : conformance::checks_for(*device)) {
      const conformance::CheckResult result = conformance::run_check(*device, check, conformance::seed_of_this_run());
      // What a device need not have, such as native handles, counts for nothing.
      EXPECT_THAT(result.verdict, testing::AnyOf(Verdict::passed, Verdict::excluded))
          << device->info().id << ", " << check << ": " << result.detail;
    }
  }
}

TEST(MslOnHostDevice, RefusesWhatHasNoTextWithTheReason) {
  if (const auto reason = why_absent()) GTEST_SKIP() << *reason;
  const auto device = make_accelerator();
  int refused = 0;
  for (const KernelDefinition& kernel : conformance::suite_kernels()) {
    const dotcompute_source& source = *kernel.source(DOTCOMPUTE_LANGUAGE_MSL);
    const auto refusal = device->refusal(kernel);
    ASSERT_EQ(refusal.has_value(), source.text == nullptr) << kernel.name();
    if (!refusal) continue;
    ++refused;
    EXPECT_THAT(*refusal, testing::HasSubstr(source.refusal)) << kernel.name();
  }
  EXPECT_GT(refused, 0);
}

}  // namespace

}  // namespace msl_on_host
