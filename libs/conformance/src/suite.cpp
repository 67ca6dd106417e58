#include <dotcompute/conformance/suite.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/conformance/exclusions.hpp>
#include <dotcompute/kernel/registry.hpp>

#include "accuracy.hpp"
#include "comparison.hpp"
#include "run_kernel.hpp"

namespace dotcompute::conformance {

namespace {

/// What was thrown, with what a lower layer said.
std::string describe_error() {
  try {
    throw;
  } catch (const ComputeError& error) {
    const std::string& cause = error.context().cause;
    return cause.empty() ? error.what() : fmt::format("{}: {}", error.what(), cause);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception was thrown";
  }
}

/// ", groups of 33x1x1"; nothing where the device chooses.
std::string describe_group(const dotcompute_grid& group) {
  if (group.size[0] == 0) return {};
  return fmt::format(", groups of {}x{}x{}", group.size[0], group.size[1], group.size[2]);
}

/// Both devices on the same arguments, in groups of one size.
void compare_one(LoadedKernel& device, LoadedKernel& reference, const KernelDefinition& kernel,
                 const dotcompute_grid& group, const Tolerance& tolerance, std::uint64_t seed, KernelResult& result) {
  const std::string where = fmt::format("size {}, seed {}{}", result.size, seed, describe_group(group));
  try {
    const dotcompute_grid grid = grid_for(kernel, result.size);
    Arguments actual(kernel, result.size, seed);
    Arguments expected = actual;
    reference.run(expected, grid, group);
    device.run(actual, grid, group);
    const Comparison comparison = compare(actual, expected, tolerance);
    result.largest_ulp = std::max(result.largest_ulp, comparison.largest_ulp);
    if (comparison.first.empty()) return;
    result.detail = fmt::format("{}; {}", comparison.first, where);
  } catch (...) {
    result.detail = fmt::format("{}; {}", describe_error(), where);
  }
  result.verdict = Verdict::failed;
  if (!depends_on_order(kernel)) return;
  result.detail +=
      "; with its atomic operations the result of this kernel may depend on the order of its items, which is no "
      "device's "
      "fault";
}

std::vector<KernelResult> same_for_all(const KernelResult& result, const SuiteOptions& options) {
  std::vector<KernelResult> results(options.sizes.size(), result);
  for (std::size_t i = 0; i < results.size(); ++i) results[i].size = options.sizes[i];
  return results;
}

}  // namespace

const std::vector<std::uint64_t>& all_sizes() noexcept {
  static const std::vector<std::uint64_t> sizes{0, 1, 2, 15, 16, 17, 255, 256, 257, 65'537, 1'000'007};
  return sizes;
}

std::uint64_t seed_of_this_run() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("DOTCOMPUTE_TEST_SEED");
    const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("random inputs from DOTCOMPUTE_TEST_SEED=%llu\n", static_cast<unsigned long long>(value));
    return value;
  }();
  return seed;
}

std::vector<KernelDefinition> suite_kernels() {
  std::vector<KernelDefinition> kernels;
  for (const KernelDefinition& kernel : KernelRegistry::instance().definitions()) {
    if (kernel.name().starts_with("suite::") || kernel.name().starts_with("library::")) kernels.push_back(kernel);
  }
  std::sort(kernels.begin(), kernels.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
  return kernels;
}

std::vector<KernelResult> compare_with_reference(Accelerator& device, HostAccelerator& reference,
                                                 const KernelDefinition& kernel, const SuiteOptions& options) {
  const Tolerance tolerance = tolerance_of(device.info(), kernel);
  KernelResult result;
  result.kernel = kernel.name();
  result.rule = describe(tolerance, kernel);
  const Exclusion* const exclusion = find_exclusion(exclusions(), device.info(), kernel.name());
  const auto excuse = [&](KernelResult& each) {
    if (each.verdict != Verdict::failed || exclusion == nullptr) return;
    each.verdict = Verdict::excluded;
    each.detail = fmt::format("{} ({})", exclusion->reason, exclusion->evidence);
  };
  std::unique_ptr<LoadedKernel> on_device;
  std::unique_ptr<LoadedKernel> on_reference;
  try {
    if (const auto refusal = device.refusal(kernel)) {
      result.verdict = Verdict::refused;
      result.detail = *refusal;
      return same_for_all(result, options);
    }
    result.verdict = Verdict::failed;
    if (exclusion != nullptr && exclusion->harms) {
      excuse(result);
      return same_for_all(result, options);
    }
    on_reference = load_kernel(reference, kernel);
    on_device = load_kernel(device, kernel);
  } catch (...) {
    result.detail = describe_error();
    excuse(result);
    return same_for_all(result, options);
  }
  result.verdict = Verdict::passed;
  std::vector<KernelResult> results = same_for_all(result, options);
  for (KernelResult& each : results) {
    for (const dotcompute_grid& group :
         group_sizes_for(kernel, each.size, device.info().limits, options.largest_group_items)) {
      compare_one(*on_device, *on_reference, kernel, group, tolerance, options.seed + each.size, each);
      if (each.verdict == Verdict::failed) break;
    }
    excuse(each);
  }
  return results;
}

}  // namespace dotcompute::conformance
