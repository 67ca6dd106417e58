#include "run_report.hpp"

#include <cstring>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dotcompute::tool {
namespace {

using testing::HasSubstr;

/// demo::saxpy over 4 items on the reference and the cpu, whose results are given.
class RunReport : public testing::Test {
 protected:
  RunReport() {
    run.kernel = "demo::saxpy";
    run.options.check = true;
    run.launch.grid = Extent(4);
    BoundParameter y;
    y.name = "y";
    y.is_span = true;
    y.is_written = true;
    y.array.shape = {4};
    y.output_path = "y.npy";
    run.launch.parameters.push_back(std::move(y));
    results.resize(2);
    results[0].device = "reference";
    results[1].device = "cpu";
    results[1].report.times.launch_ns = 1500;
  }

  void compare_with(const std::vector<float>& cpu) {
    const std::vector<float> reference = {1, 2, 3, 4};
    results[1].comparison =
        compare(run.launch.parameters[0].array.type, reinterpret_cast<const std::byte*>(reference.data()),
                reinterpret_cast<const std::byte*>(cpu.data()), 4, run.options.tolerance);
  }

  KernelRun run;
  std::vector<DeviceResult> results;
};

TEST_F(RunReport, EqualResultsPass) {
  compare_with({1, 2, 3, 4});
  EXPECT_TRUE(all_agree(results));
  EXPECT_EQ(text_report(run, results),
            "demo::saxpy: 4 work-items\n"
            "device     time    largest difference  verdict    rule\n"
            "reference  0 ns    -                   reference  -\n"
            "cpu        1.5 us  0                   equal      exact\n"
            "wrote y.npy: float32 (4,)\n");
  EXPECT_EQ(nlohmann::json::parse(json_report(run, results))["check"], "passed");
}

TEST_F(RunReport, ResultsWithinTheToleranceAgree) {
  run.options.tolerance.absolute = 1;
  compare_with({1, 2, 3, 4.5F});
  EXPECT_TRUE(all_agree(results));
  EXPECT_THAT(text_report(run, results), HasSubstr("0.5 (1048576 ULP)   agrees     <= 1 absolute\n"));
  EXPECT_EQ(nlohmann::json::parse(json_report(run, results))["devices"][1]["verdict"], "agrees");
}

TEST_F(RunReport, OtherResultsFailAndAreNotWritten) {
  compare_with({1, 3, 3, 5});
  results[1].first_difference = "cpu: y[1] is 3, and 2 on the reference";
  EXPECT_FALSE(all_agree(results));
  const std::string text = text_report(run, results);
  EXPECT_THAT(text, HasSubstr("differs in 2 values  exact\ncpu: y[1] is 3, and 2 on the reference\n"));
  EXPECT_THAT(text, HasSubstr("not written because the check failed: y.npy: float32 (4,)\n"));
  const nlohmann::json json = nlohmann::json::parse(json_report(run, results));
  EXPECT_EQ(json["check"], "failed");
  EXPECT_EQ(json["outputs"][0]["written"], false);
  EXPECT_EQ(json["devices"][1]["different_values"], 2);
  EXPECT_EQ(json["devices"][1]["first_difference"], "cpu: y[1] is 3, and 2 on the reference");
}

TEST_F(RunReport, WithoutACheckThereIsNoVerdict) {
  run.options.check = false;
  run.options.time = true;
  EXPECT_THAT(text_report(run, results), HasSubstr("cpu        1.5 us  -                   not checked  -\n"));
  const nlohmann::json json = nlohmann::json::parse(json_report(run, results));
  EXPECT_FALSE(json.contains("check"));
  EXPECT_EQ(json["devices"][1]["times_ns"]["launch"], 1500);
}

}  // namespace
}  // namespace dotcompute::tool
