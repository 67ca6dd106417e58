// Devices that need a driver: the one that DOTCOMPUTE_CONFORMANCE_DEVICE names ("opencl:0", "cuda:0"), with sizes up to
// DOTCOMPUTE_CONFORMANCE_LARGEST. CTest runs this in shards, with other environments for other drivers.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/conformance/device_checks.hpp>
#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/cuda/cuda_provider.hpp>
#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

namespace dotcompute::conformance {

namespace {

std::string from_environment(const char* name, const char* otherwise) {
  const char* const given = std::getenv(name);
  return given != nullptr ? given : otherwise;
}

/// The device, or why there is none. Found once: drivers do not like to be opened again.
struct Found {
  void find() {
    const std::string wanted = from_environment("DOTCOMPUTE_CONFORMANCE_DEVICE", "opencl:0");
    provider = wanted.starts_with("cuda") ? make_cuda_provider() : make_opencl_provider();
    FoundAccelerators found = provider->find();
    for (auto& each : found.accelerators) {
      (each->info().id == wanted ? accelerator : others.emplace_back()) = std::move(each);
    }
    reason = "there is no device " + wanted;
    for (const AbsentAccelerator& absent : found.absent) reason += "; " + absent.id + ": " + absent.reason;
    if (!accelerator) return;
    const AcceleratorInfo& info = accelerator->info();
    std::printf("%s: %s (%s)\n", wanted.c_str(), info.name.c_str(), info.driver.c_str());
  }
  std::unique_ptr<AcceleratorProvider> provider;
  std::unique_ptr<Accelerator> accelerator;  ///< Destroyed before its provider, as are
  std::vector<std::unique_ptr<Accelerator>> others;
  std::string reason;
};

Found& found() {
  static Found instance;
  return instance;
}

/// The device goes before `main` returns: oclgrind has variables of its threads that are gone when statics are
/// destroyed.
class DeviceOfAllTests final : public testing::Environment {
 public:
  void SetUp() override { found().find(); }
  void TearDown() override {
    found().others.clear();
    found().accelerator.reset();
    found().provider.reset();
  }
};
const testing::Environment* const device_of_all_tests = testing::AddGlobalTestEnvironment(new DeviceOfAllTests);

std::vector<std::string> family_names() {
  std::map<std::string, int> families;
  for (const KernelDefinition& kernel : suite_kernels()) ++families[origin_of(kernel).family];
  std::vector<std::string> names;
  for (const auto& [name, count] : families) names.push_back(name);
  return names;
}

std::string identifier(std::string text) {
  for (char& c : text) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return text;
}

class Driver : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!found().accelerator) GTEST_SKIP() << found().reason;
  }
};

TEST_P(Driver, GivesWhatTheReferenceGives) {
  static const auto reference = make_reference_accelerator();
  SuiteOptions options;
  options.seed = seed_of_this_run();
  const std::uint64_t largest =
      std::strtoull(from_environment("DOTCOMPUTE_CONFORMANCE_LARGEST", "65537").c_str(), nullptr, 10);
  std::erase_if(options.sizes, [&](std::uint64_t size) { return size > largest; });
  for (const KernelDefinition& kernel : suite_kernels()) {
    if (origin_of(kernel).family != GetParam()) continue;
    for (const KernelResult& result : compare_with_reference(*found().accelerator, *reference, kernel, options)) {
      EXPECT_TRUE(result.verdict == Verdict::passed || result.verdict == Verdict::excluded)
          << kernel.name() << ", " << name_of(result.verdict) << ", rule " << result.rule << ": " << result.detail;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Suite, Driver, testing::ValuesIn(family_names()),
                         [](const auto& info) { return identifier(info.param); });

TEST(DriverChecks, Pass) {
  if (!found().accelerator) GTEST_SKIP() << found().reason;
  for (const std::string_view check : checks_for(*found().accelerator)) {
    const CheckResult result = run_check(*found().accelerator, check, seed_of_this_run());
    EXPECT_NE(result.verdict, Verdict::failed) << check << ": " << result.detail;
  }
}

// Devices of one kind of PoCL's are peers, and say so.
TEST(DriverChecks, PassWithPeers) {
  if (!found().accelerator) GTEST_SKIP() << found().reason;
  for (const auto& other : found().others) {
    for (const CheckResult& result :
         {run_peer_check(*found().accelerator, *other), run_peer_check(*other, *found().accelerator)}) {
      EXPECT_NE(result.verdict, Verdict::failed) << result.check << ": " << result.detail;
      const bool is_pocl_twin = found().accelerator->info().driver == other->info().driver &&
                                other->info().driver.find("PoCL") != std::string::npos;
      EXPECT_TRUE(!is_pocl_twin || result.verdict == Verdict::passed) << result.check << ": " << result.detail;
    }
  }
}

}  // namespace

}  // namespace dotcompute::conformance
