// Kernels that use their groups give the same bits on the CPU, with each instruction set, as the reference, which runs
// the unmodified functions.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>
#include <dotcompute/kernel/registry.hpp>
#include <dotcompute/reference/reference_accelerator.hpp>

namespace {

using dotcompute::KernelDefinition;
using dotcompute::LaunchOutcome;

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

template <class T>
std::vector<std::byte> random_numbers(std::uint64_t count, std::mt19937_64& random) {
  std::vector<std::byte> bytes(count * sizeof(T));
  for (std::uint64_t i = 0; i < count; ++i) {
    const T value = std::is_floating_point_v<T>
                        ? static_cast<T>(static_cast<double>(static_cast<std::int64_t>(random())) / 1e15)
                        : static_cast<T>(random());
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof value);
  }
  return bytes;
}

/// The arguments of one launch: spans of `size` elements and small numbers.
class Arguments {
 public:
  Arguments(const KernelDefinition& kernel, std::uint64_t size, std::uint64_t seed)
      : kernel_(kernel), size_(size), block_(kernel.record().block_size + 16) {
    std::mt19937_64 random(seed);
    for (const dotcompute_parameter& parameter : kernel.parameters()) {
      if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) {
        const auto value = static_cast<std::uint32_t>(random() % 40);
        std::memcpy(block_.data() + parameter.offset, &value, sizeof value);
        continue;
      }
      switch (parameter.type->scalar) {
        case DOTCOMPUTE_SCALAR_FLOAT32: spans_.push_back(random_numbers<float>(size, random)); break;
        case DOTCOMPUTE_SCALAR_FLOAT64: spans_.push_back(random_numbers<double>(size, random)); break;
        default: spans_.push_back(random_numbers<std::uint32_t>(size, random));
      }
    }
    write_spans();
  }
  Arguments(const Arguments& other)
      : kernel_(other.kernel_), size_(other.size_), spans_(other.spans_), block_(other.block_) {
    write_spans();
  }
  Arguments& operator=(const Arguments&) = delete;

  [[nodiscard]] const std::byte* block() const { return block_.data(); }
  /// The place of the first byte that differs, span by span; empty if none does.
  [[nodiscard]] std::string difference(const Arguments& other) const {
    for (std::size_t s = 0; s < spans_.size(); ++s) {
      for (std::size_t i = 0; i < spans_[s].size(); ++i) {
        if (spans_[s][i] == other.spans_[s][i]) continue;
        return "span " + std::to_string(s) + " element " + std::to_string(i * size_ / spans_[s].size());
      }
    }
    return {};
  }

 private:
  void write_spans() {
    std::size_t next = 0;
    for (const dotcompute_parameter& parameter : kernel_.parameters()) {
      if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
      const dotcompute_span span{spans_[next++].data(), size_};
      std::memcpy(block_.data() + parameter.offset, &span, sizeof span);
    }
  }

  KernelDefinition kernel_;
  std::uint64_t size_;
  std::vector<std::vector<std::byte>> spans_;
  std::vector<std::byte> block_;
};

struct Device {
  std::string name;
  std::unique_ptr<dotcompute::HostAccelerator> accelerator;
};

const std::vector<Device>& cpus() {
  static const std::vector<Device> devices = [] {
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

LaunchOutcome run(dotcompute::HostAccelerator& accelerator, const KernelDefinition& kernel, const Arguments& arguments,
                  const dotcompute_grid& grid, const dotcompute_grid& group) {
  dotcompute::LaunchDescription launch;
  launch.arguments = arguments.block();
  launch.grid = grid;
  launch.group = group;
  return accelerator.load(kernel)->run(launch);
}

dotcompute_grid grid_of(int dimensions, std::uint64_t size) {
  if (dimensions == 1 || size == 0) return {{size, 1, 1}};
  std::uint64_t side = 1;
  const auto items = [&](std::uint64_t s) { return dimensions == 2 ? s * s : s * s * s; };
  while (items(side) < size) ++side;
  return {{side, side, dimensions == 2 ? 1 : side}};
}

/// Sizes of groups to try: the default, one item, odd ones, whole vectors, the largest.
std::vector<dotcompute_grid> groups_for(const KernelDefinition& kernel) {
  if (kernel.record().fixed_group[0] != 0) return {{{0, 0, 0}}};
  switch (kernel.dimensions()) {
    case 1: return {{{0, 0, 0}}, {{1, 1, 1}}, {{7, 1, 1}}, {{33, 1, 1}}, {{64, 1, 1}}, {{1024, 1, 1}}};
    case 2: return {{{0, 0, 0}}, {{1, 1, 1}}, {{5, 3, 1}}, {{32, 8, 1}}, {{1, 64, 1}}};
    default: return {{{0, 0, 0}}, {{1, 1, 1}}, {{3, 5, 2}}, {{16, 2, 4}}, {{1, 1, 64}}};
  }
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const KernelDefinition& kernel : dotcompute::KernelRegistry::instance().definitions()) {
    if (kernel.name().starts_with("groups::")) names.emplace_back(kernel.name());
  }
  return names;
}

KernelDefinition named(const std::string& name) {
  for (const KernelDefinition& kernel : dotcompute::KernelRegistry::instance().definitions()) {
    if (kernel.name() == name) return kernel;
  }
  throw std::runtime_error("no kernel " + name);
}

// To ThreadSanitizer every fiber is a thread, and changing to another one is slow.
#ifdef __SANITIZE_THREAD__
constexpr bool is_slow = true;
#else
constexpr bool is_slow = false;
#endif

class Groups : public testing::TestWithParam<std::string> {};

TEST_P(Groups, CpuEqualsReference) {
  static const auto reference = dotcompute::make_reference_accelerator();
  const KernelDefinition kernel = named(GetParam());
  ASSERT_FALSE(cpus().empty());
  EXPECT_NE(kernel.record().group_features, 0u);
  for (const dotcompute_grid& group : groups_for(kernel)) {
    if (is_slow && group.size[0] > 100) continue;
    int changes = 0;
    for (const std::uint64_t size : {0, 1, 2, 31, 63, 64, 65, 255, 256, 257, 1000, 65'537}) {
      if (is_slow && size > 1000) continue;
      const std::uint64_t seed = first_seed() + size;
      const dotcompute_grid grid = grid_of(kernel.dimensions(), size);
      const Arguments inputs(kernel, size, seed);
      const Arguments expected = inputs;
      ASSERT_EQ(run(*reference, kernel, expected, grid, group), LaunchOutcome::completed);
      for (const Device& device : cpus()) {
        const Arguments actual = inputs;
        ASSERT_EQ(run(*device.accelerator, kernel, actual, grid, group), LaunchOutcome::completed);
        ASSERT_EQ(actual.difference(expected), "")
            << kernel.name() << " on " << device.name << ", size " << size << ", groups of " << group.size[0] << "x"
            << group.size[1] << "x" << group.size[2] << ", seed " << seed;
      }
      if (!expected.difference(inputs).empty()) ++changes;
    }
    EXPECT_GT(changes, 5) << kernel.name() << " changed nothing";
  }
}

// What no compiler can see: the argument that is only read is the memory that items write without waiting.
TEST(GroupsReference, FindsBarriersThatNotAllItemsComeBy) {
  const auto reference = dotcompute::make_reference_accelerator();
  std::vector<std::int32_t> memory(64, 3);
  const dotcompute_span block[2] = {{memory.data(), memory.size()}, {memory.data(), memory.size()}};
  dotcompute::LaunchDescription launch;
  launch.arguments = reinterpret_cast<const std::byte*>(block);
  launch.grid = {{64, 1, 1}};
  try {
    static_cast<void>(reference->load(named("racing::trusts_its_input"))->run(launch));
    FAIL() << "the reference must find it";
  } catch (const dotcompute::ExecutionError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("kernel racing::trusts_its_input: work-item 0 of a group has ended while work-item 1 waits at "
                        "the barrier in line"),
              std::string::npos)
        << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Groups, testing::ValuesIn(kernel_names()), [](const auto& info) {
  std::string name = info.param.substr(std::string("groups::").size());
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
