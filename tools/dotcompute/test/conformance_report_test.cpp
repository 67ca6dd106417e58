// What `dotcompute conformance` says of a device that fails, is excused, refuses.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "conformance_report.hpp"

namespace dotcompute::tool {

namespace {

using conformance::Verdict;

KernelVerdict kernel(const std::string& name, std::vector<conformance::KernelResult> sizes) {
  return {"suite::" + name, name, "", "control flow", std::move(sizes)};
}

ConformanceRun sample() {
  DeviceConformance device;
  device.device.id = "sample:0";
  device.device.name = "a sample";
  device.device.backend = "sample";
  device.device.driver = "sample 1";
  device.kernels.push_back(kernel("good", {{"suite::good", 1, Verdict::passed, "exact", 0, ""},
                                           {"suite::good", 17, Verdict::passed, "exact", 0, ""}}));
  device.kernels.push_back(kernel("near", {{"suite::near", 17, Verdict::passed, "4 ulp: so", 2.5, ""}}));
  device.kernels.push_back(
      kernel("wrong", {{"suite::wrong", 1, Verdict::passed, "exact", 0, ""},
                       {"suite::wrong", 17, Verdict::failed, "exact", 0, "y[3] is 1 instead of 2"}}));
  device.kernels.push_back(kernel("known", {{"suite::known", 1, Verdict::excluded, "exact", 0, "the driver's fault"}}));
  device.kernels.push_back(kernel("never", {{"suite::never", 1, Verdict::refused, "exact", 0, "no double"}}));
  device.checks.push_back({"points are reached in order", Verdict::passed, ""});
  device.checks.push_back({"spans may be empty", Verdict::failed, "they may not"});
  return {{1, 17}, 42, {device}};
}

TEST(ConformanceReport, CountsVerdictsByFeatureAndNamesWhatDidNotPass) {
  const std::string text = text_report(sample());
  EXPECT_NE(text.find("sample:0: a sample\n"), std::string::npos) << text;
  EXPECT_NE(text.find("control flow  5        2       1         1        1       2.5\n"), std::string::npos) << text;
  EXPECT_NE(text.find("suite::wrong: failed: y[3] is 1 instead of 2\n  the rule: exact\n"), std::string::npos) << text;
  EXPECT_NE(text.find("suite::known: excluded: the driver's fault\n"), std::string::npos) << text;
  EXPECT_NE(text.find("suite::never: refused: no double\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1 of 2 checks of the device's contract passed\nspans may be empty: failed: they may not\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("sizes 1, 17; seed 42\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("suite::good"), std::string::npos) << text;
}

TEST(ConformanceReport, IsJsonForPrograms) {
  const auto json = nlohmann::json::parse(json_report(sample()));
  EXPECT_EQ(json["seed"], 42);
  const auto& device = json["devices"][0];
  EXPECT_EQ(device["verdict"], "failed");
  EXPECT_EQ(device["driver"], "sample 1");
  ASSERT_EQ(device["kernels"].size(), 5u);
  EXPECT_EQ(device["kernels"][1]["largest_ulp"], 2.5);
  EXPECT_EQ(device["kernels"][2]["verdict"], "failed");
  EXPECT_EQ(device["kernels"][2]["detail"], "y[3] is 1 instead of 2");
  EXPECT_EQ(device["checks"][1]["verdict"], "failed");
}

TEST(ConformanceReport, FailsOnlyForFailures) {
  DeviceConformance device = sample().devices[0];
  EXPECT_TRUE(device.has_failed());
  device.checks.pop_back();
  EXPECT_TRUE(device.has_failed());
  device.kernels.erase(device.kernels.begin() + 2);
  EXPECT_FALSE(device.has_failed());
}

}  // namespace

}  // namespace dotcompute::tool
