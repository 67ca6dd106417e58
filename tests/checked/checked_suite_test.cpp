// Kernels of the suite, compiled with checks: they report no bad index and give, bit for bit, what the unmodified
// functions give.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/opencl/opencl_provider.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

#include "msl_on_host.hpp"

namespace {

using namespace dotcompute;
using conformance::Verdict;

/// The devices of this machine that run here, each with its provider's reason where there is none.
std::vector<std::unique_ptr<Accelerator>>& devices() {
  static std::vector<std::unique_ptr<Accelerator>> all = [] {
    std::vector<std::unique_ptr<Accelerator>> found;
    CpuOptions options;
    options.threads = 3;
    found.push_back(make_cpu_accelerator(options));
    if (const auto reason = msl_on_host::why_absent()) {
      std::printf("skipped: msl-on-host: %s\n", reason->c_str());
    } else {
      found.push_back(msl_on_host::make_accelerator());
    }
    static const std::unique_ptr<AcceleratorProvider> opencl = make_opencl_provider();
    FoundAccelerators there_are = opencl->find();
    for (std::unique_ptr<Accelerator>& each : there_are.accelerators) found.push_back(std::move(each));
    for (const AbsentAccelerator& each : there_are.absent) std::printf("skipped: %s\n", each.reason.c_str());
    return found;
  }();
  return all;
}

std::set<std::string> family_names() {
  std::set<std::string> names;
  for (const KernelDefinition& kernel : conformance::suite_kernels()) {
    names.insert(std::string(conformance::origin_of(kernel).family));
  }
  return names;
}

/// The kernels of the family that a device takes. One that compiles texts takes seconds for each: of many kernels,
/// which are mostly one template for several types, the seed chooses one.
std::vector<KernelDefinition> kernels_for(const Accelerator& device, const std::string& family) {
  std::vector<KernelDefinition> kernels;
  for (const KernelDefinition& kernel : conformance::suite_kernels()) {
    if (conformance::origin_of(kernel).family == family) kernels.push_back(kernel);
  }
  if (dynamic_cast<const HostAccelerator*>(&device) != nullptr) return kernels;
  std::seed_seq seeds{static_cast<std::uint32_t>(conformance::seed_of_this_run()),
                      static_cast<std::uint32_t>(conformance::seed_of_this_run() >> 32)};
  std::mt19937_64 random(seeds);
  random.discard(std::hash<std::string>()(device.info().id + family) % 1000);
  return {kernels[random() % kernels.size()]};
}

class CheckedSuite : public testing::TestWithParam<std::string> {};

TEST_P(CheckedSuite, GivesWhatTheReferenceGives) {
  static const auto reference = make_reference_accelerator();
  conformance::SuiteOptions options;
  options.seed = conformance::seed_of_this_run();
  options.sizes = {0, 1, 33, 1000};
  for (const std::unique_ptr<Accelerator>& device : devices()) {
    for (const KernelDefinition& kernel : kernels_for(*device, GetParam())) {
      EXPECT_TRUE(kernel.is_checked()) << kernel.name();
      for (const auto& result : conformance::compare_with_reference(*device, *reference, kernel, options)) {
        EXPECT_NE(result.verdict, Verdict::failed)
            << kernel.name() << " on " << device->info().id << " at " << result.size << ": " << result.detail;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Suite, CheckedSuite, testing::ValuesIn(family_names()), [](const auto& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
