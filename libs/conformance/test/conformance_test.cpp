// The devices that run on the host: each instruction set of the cpu, the reference itself, and the smallest backend of
// examples/minimal_backend. Devices with drivers are tested through `dotcompute conformance`.

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/conformance/device_checks.hpp>
#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/kernel/registry.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

#include "accuracy.hpp"
#include "comparison.hpp"
#include "minimal_backend.hpp"
#include "run_kernel.hpp"

namespace dotcompute::conformance {

namespace {

struct Device {
  std::string name;
  std::unique_ptr<Accelerator> accelerator;
};

std::vector<Device>& devices() {
  static std::vector<Device> all = [] {
    std::vector<Device> found;
    const auto add_cpu = [&](const char* name, dotcompute_isa isa, bool is_there) {
      if (!is_there) {
        std::printf("skipped: this machine has no %s\n", name);
        return;
      }
      CpuOptions options;
      options.isa = isa;
      options.threads = 3;
      found.push_back({name, make_cpu_accelerator(options)});
    };
    add_cpu("x86-64-v2", DOTCOMPUTE_ISA_X86_64_V2, __builtin_cpu_supports("x86-64-v2"));
    add_cpu("x86-64-v3", DOTCOMPUTE_ISA_X86_64_V3, __builtin_cpu_supports("x86-64-v3"));
    add_cpu("x86-64-v4", DOTCOMPUTE_ISA_X86_64_V4, __builtin_cpu_supports("x86-64-v4"));
    found.push_back({"minimal", minimal::make_accelerator()});
    return found;
  }();
  return all;
}

HostAccelerator& reference() {
  static const auto accelerator = make_reference_accelerator();
  return *accelerator;
}

/// The kernels of the suite by family: "add" has add<float>, add<int>...
std::map<std::string, std::vector<KernelDefinition>> families() {
  std::map<std::string, std::vector<KernelDefinition>> result;
  for (const KernelDefinition& kernel : suite_kernels()) result[origin_of(kernel).family].push_back(kernel);
  return result;
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const auto& [name, kernels] : families()) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // The code of kernels is kernelc's, which no sanitizer sees: these would only take their time.
    if (name.starts_with("library::")) continue;
#endif
    names.push_back(name);
  }
  return names;
}

std::string identifier(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return text;
}

class Kernels : public testing::TestWithParam<std::string> {};

TEST_P(Kernels, GiveWhatTheReferenceGives) {
  const std::vector<KernelDefinition> family = families()[GetParam()];
  ASSERT_FALSE(family.empty());
  SuiteOptions options;
  options.seed = seed_of_this_run();
#ifdef __SANITIZE_THREAD__
  options.largest_group_items = 100;  // to ThreadSanitizer every fiber is a thread, and changing to another one is slow
#endif
  for (const KernelDefinition& kernel : family) {
    for (const Device& device : devices()) {
      options.sizes = all_sizes();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
      // The sanitizers are told of every change of fiber, which makes the reference slow.
#ifdef __SANITIZE_THREAD__
      constexpr std::uint64_t largest = 1000;
#else
      constexpr std::uint64_t largest = 65'537;
#endif
      if (kernel.record().group_features != 0) {
        std::erase_if(options.sizes, [](std::uint64_t size) { return size > largest; });
      }
#endif
      // It runs the reference itself: what a large size could show, a middle one shows.
      if (device.name == "minimal") options.sizes.pop_back();
      const bool is_refused = device.name == "minimal" && kernel.record().group_features != 0;
      for (const KernelResult& result : compare_with_reference(*device.accelerator, reference(), kernel, options)) {
        EXPECT_EQ(result.verdict, is_refused ? Verdict::refused : Verdict::passed)
            << kernel.name() << " on " << device.name << ": " << result.detail;
        const bool is_loose = kernel.is_fast();
        EXPECT_EQ(result.rule.starts_with("exact"), !is_loose) << kernel.name() << ": " << result.rule;
        if (is_loose) continue;
        EXPECT_EQ(result.rule, depends_on_order(kernel) ? "exact, in any order of the items" : "exact");
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Suite, Kernels, testing::ValuesIn(family_names()),
                         [](const auto& info) { return identifier(info.param); });

// A kernel that wrote nothing would agree with itself. A single launch may be given a factor of zero.
TEST(Suite, EveryKernelWritesSomething) {
  for (const KernelDefinition& kernel : suite_kernels()) {
    const auto loaded = load_kernel(reference(), kernel);
    int changes = 0;
    // Random values may leave a launch nothing to change: a factor of zero, an index out of bounds; and a matrix has
    // its sizes among the arguments.
    for (std::uint64_t size = 17; size < 4000 && changes < 2; ++size) {
      const Arguments before(kernel, size, seed_of_this_run() + size);
      Arguments after = before;
      loaded->run(after, grid_for(kernel, size), {{0, 0, 0}});
      if (!compare(after, before, {}).first.empty()) ++changes;
    }
    EXPECT_GT(changes, 1) << kernel.name() << " changed nothing";
  }
}

// What no compiler can see: the argument that is only read is the memory that items write without waiting.
TEST(Reference, FindsBarriersThatNotAllItemsComeBy) {
  std::vector<std::int32_t> memory(64, 3);
  const dotcompute_span block[2] = {{memory.data(), memory.size()}, {memory.data(), memory.size()}};
  LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(block);
  launch.grid = {{64, 1, 1}};
  try {
    const auto kernel = reference().load(KernelRegistry::instance().get("racing::trusts_its_input"));
    static_cast<void>(kernel->run(launch));
    FAIL() << "the reference must find it";
  } catch (const ExecutionError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("kernel racing::trusts_its_input: work-item 0 of a group has ended while work-item 1 waits at "
                        "the barrier in line"),
              std::string::npos)
        << text;
  }
}

/// The smallest backend there can be has nothing to pin and no handles; whatever else a device lacks is a failure.
bool may_be_excluded(const Device& device, std::string_view check) {
  return device.name == "minimal" &&
         (check == "pinned memory keeps bytes" || check == "memory of others is used where it lies");
}

TEST(Checks, PassOnEveryDevice) {
  for (const Device& device : devices()) {
    const auto checks = checks_for(*device.accelerator);
    EXPECT_GE(checks.size(), 6u) << device.name;
    for (const std::string_view check : checks) {
      const CheckResult result = run_check(*device.accelerator, check, seed_of_this_run());
      const Verdict expected = may_be_excluded(device, check) ? Verdict::excluded : Verdict::passed;
      EXPECT_EQ(result.verdict, expected) << device.name << ", " << check << ": " << result.detail;
    }
  }
  for (const std::string_view check : checks_for(reference())) {
    const CheckResult result = run_check(reference(), check, seed_of_this_run());
    EXPECT_EQ(result.verdict, Verdict::passed) << "reference, " << check << ": " << result.detail;
  }
}

TEST(Suite, HasEveryElementTypeAndDimension) {
  std::map<unsigned, int> scalars;
  std::map<int, int> dimensions;
  for (const KernelDefinition& kernel : suite_kernels()) {
    ++dimensions[kernel.dimensions()];
    for (const dotcompute_parameter& parameter : kernel.parameters()) ++scalars[parameter.type->scalar];
    EXPECT_NE(feature_of(kernel), "others") << kernel.name() << " belongs to no feature; add it to features.cpp";
  }
  EXPECT_GE(families().size(), 25u);
  for (unsigned scalar = DOTCOMPUTE_SCALAR_BOOL; scalar <= DOTCOMPUTE_SCALAR_FLOAT64; ++scalar) {
    EXPECT_GT(scalars[scalar], 0) << "no kernel has the scalar type " << scalar;
  }
  EXPECT_GT(scalars[DOTCOMPUTE_SCALAR_NONE], 0) << "no kernel has a struct";
  for (int d = 1; d <= 3; ++d) EXPECT_GT(dimensions[d], 0) << "no kernel has " << d << " dimensions";
}

}  // namespace

}  // namespace dotcompute::conformance
