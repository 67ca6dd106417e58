// The CPU code of every kernel here equals the reference, bit for bit, on every instruction set of this machine.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/kernel/registry.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

#include "random_arguments.hpp"

namespace suite {

namespace {

using dotcompute::KernelDefinition;

constexpr std::uint64_t sizes[] = {0, 1, 2, 15, 16, 17, 255, 256, 257, 65'537, 1'000'007};

/// From the environment, so that a failure can be repeated; otherwise a new one for each run.
std::uint64_t first_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("DOTCOMPUTE_TEST_SEED");
    const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("random inputs from DOTCOMPUTE_TEST_SEED=%llu\n", static_cast<unsigned long long>(value));
    return value;
  }();
  return seed;
}

/// A grid of about `size` items in as many dimensions as the kernel has.
dotcompute_grid grid_of(const KernelDefinition& kernel, std::uint64_t size) {
  if (kernel.dimensions() == 1 || size == 0) return {{size, 1, 1}};
  std::uint64_t side = 1;
  const auto items = [&](std::uint64_t s) { return kernel.dimensions() == 2 ? s * s : s * s * s; };
  while (items(side + 1) <= size) ++side;
  return kernel.dimensions() == 2 ? dotcompute_grid{{side, size / side, 1}}
                                  : dotcompute_grid{{side, side, size / (side * side)}};
}

struct Device {
  std::string name;
  std::unique_ptr<dotcompute::HostAccelerator> accelerator;
};

std::vector<Device>& cpus() {
  static std::vector<Device> devices = [] {
    std::vector<Device> found;
    const auto add = [&](const char* name, dotcompute_isa isa, bool is_there) {
      if (!is_there) {
        std::printf("skipped: this machine has no %s\n", name);
        return;
      }
      dotcompute::CpuOptions options;
      options.isa = isa;
      options.threads = 3;
      found.push_back({name, dotcompute::make_cpu_accelerator(options)});
    };
    add("x86-64-v2", DOTCOMPUTE_ISA_X86_64_V2, __builtin_cpu_supports("x86-64-v2"));
    add("x86-64-v3", DOTCOMPUTE_ISA_X86_64_V3, __builtin_cpu_supports("x86-64-v3"));
    add("x86-64-v4", DOTCOMPUTE_ISA_X86_64_V4, __builtin_cpu_supports("x86-64-v4"));
    return found;
  }();
  return devices;
}

/// The kernels of the suite, by the template they come from: "suite::add<float>" belongs to "suite::add".
std::map<std::string, std::vector<KernelDefinition>> families() {
  std::map<std::string, std::vector<KernelDefinition>> result;
  for (const KernelDefinition& kernel : dotcompute::KernelRegistry::instance().definitions()) {
    const std::string name(kernel.name());
    result[name.substr(0, name.find('<'))].push_back(kernel);
  }
  return result;
}

void run(dotcompute::HostAccelerator& accelerator, const KernelDefinition& kernel, const Arguments& arguments,
         const dotcompute_grid& grid) {
  dotcompute::LaunchDescription launch;
  launch.arguments = arguments.block();
  launch.grid = grid;
  EXPECT_EQ(accelerator.load(kernel)->run(launch), dotcompute::LaunchOutcome::completed);
}

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const auto& [name, kernels] : families()) names.push_back(name);
  return names;
}

class Equality : public testing::TestWithParam<std::string> {};

TEST_P(Equality, CpuEqualsReference) {
  static const auto reference = dotcompute::make_reference_accelerator();
  ASSERT_FALSE(cpus().empty());
  const std::vector<KernelDefinition> family = families()[GetParam()];
  ASSERT_FALSE(family.empty());
  for (const KernelDefinition& kernel : family) {
    int changes = 0;
    for (const std::uint64_t size : sizes) {
      const std::uint64_t seed = first_seed() + size;
      const dotcompute_grid grid = grid_of(kernel, size);
      const Arguments inputs(kernel, size, seed);
      const Arguments expected = inputs;
      run(*reference, kernel, expected, grid);
      for (const Device& device : cpus()) {
        const Arguments actual = inputs;
        run(*device.accelerator, kernel, actual, grid);
        const std::string difference = actual.difference(expected);
        ASSERT_EQ(difference, "") << kernel.name() << " on " << device.name << ", size " << size << ", seed " << seed;
      }
      if (!expected.difference(inputs).empty()) ++changes;
    }
    // A kernel that wrote nothing would agree with itself. A single launch may be given a factor of zero.
    EXPECT_GT(changes, 1) << kernel.name() << " changed nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Equality, testing::ValuesIn(family_names()), [](const auto& info) {
  std::string name = info.param.substr(std::string("suite::").size());
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
});

TEST(Suite, HasEveryElementTypeAndDimension) {
  std::map<unsigned, int> scalars;
  std::map<int, int> dimensions;
  for (const auto& [name, kernels] : families()) {
    for (const KernelDefinition& kernel : kernels) {
      ++dimensions[kernel.dimensions()];
      for (const dotcompute_parameter& parameter : kernel.parameters()) ++scalars[parameter.type->scalar];
    }
  }
  EXPECT_GE(families().size(), 25u);
  for (unsigned scalar = DOTCOMPUTE_SCALAR_BOOL; scalar <= DOTCOMPUTE_SCALAR_FLOAT64; ++scalar) {
    EXPECT_GT(scalars[scalar], 0) << "no kernel has the scalar type " << scalar;
  }
  EXPECT_GT(scalars[DOTCOMPUTE_SCALAR_NONE], 0) << "no kernel has a struct";
  for (int d = 1; d <= 3; ++d) EXPECT_GT(dimensions[d], 0) << "no kernel has " << d << " dimensions";
}

}  // namespace

}  // namespace suite
