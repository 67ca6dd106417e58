#pragma once

/// What "runs" means: every kernel of the suite, on a device, gives what the reference gives.
///
///     for (const KernelDefinition& kernel : conformance::suite_kernels()) {
///       for (const auto& result : conformance::compare_with_reference(device, reference, kernel)) { ... }
///     }
///
/// The verdict is exact, bit for bit, where the kernel has only operations with one right answer; a function of <cmath>
/// that languages for devices define to some units in the last place (ulp) may differ by as many. A kernel whose atomic
/// operations let its result depend on the order of its items (dotcompute_kernel.atomic_use) is compared too: the
/// suite's are written so that every order gives the same, the rule names them, and a difference says so. Any NaN
/// equals any NaN, and the padding of structs is not looked at. The kernels are in libs/conformance/kernels; a program
/// that links them, or DotCompute::conformance, has them in its registry.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/host_accelerator.hpp>

namespace dotcompute::conformance {

enum class Verdict {
  passed,
  failed,
  excluded,  ///< It differs, and this is a known fault of the driver (see exclusions.hpp).
  refused,   ///< The device says that it cannot run the kernel, and why.
};

/// "passed", "failed", "excluded", "refused".
[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::failed: return "failed";
    case Verdict::excluded: return "excluded";
    case Verdict::refused: return "refused";
  }
  return "unknown";
}

/// One kernel at one size.
struct KernelResult {
  std::string kernel;
  std::uint64_t size = 0;  ///< Elements of every span; about as many work-items.
  Verdict verdict = Verdict::passed;
  std::string rule;        ///< "exact", "5 ulp: ...".
  double largest_ulp = 0;  ///< The largest difference met, in ulp; 0 where all was equal.
  std::string detail;      ///< The first difference, the reason of an exclusion or a refusal, what was thrown.
};

/// All sizes that the suite asks of a device that is fast enough: around the widths of vectors and groups, and large.
[[nodiscard]] DOTCOMPUTE_API const std::vector<std::uint64_t>& all_sizes() noexcept;

/// A seed for tests: DOTCOMPUTE_TEST_SEED of the environment, so that a failure can be repeated; otherwise another one
/// in each run. Prints it when it is first asked for.
[[nodiscard]] DOTCOMPUTE_API std::uint64_t seed_of_this_run();

struct SuiteOptions {
  std::vector<std::uint64_t> sizes = all_sizes();
  std::uint64_t seed = 1;  ///< Of the random arguments: the same seed, the same arguments.
  /// The most work-items of the groups that the suite asks for. Kernels that use their group run in several sizes.
  std::uint64_t largest_group_items = 1024;
};

/// The kernels of the suite that are in the registry, by name. Empty if none was linked or loaded.
[[nodiscard]] DOTCOMPUTE_API std::vector<KernelDefinition> suite_kernels();

/// The template or function that a kernel comes from, and what it was made for: "math::sin" and "float",
/// "objects::structs" and "".
struct KernelOrigin {
  std::string family;
  std::string type;
};
[[nodiscard]] DOTCOMPUTE_API KernelOrigin origin_of(const KernelDefinition& kernel);

/// The part of the kernel language that a kernel of the suite exercises, in words: "control flow".
[[nodiscard]] DOTCOMPUTE_API std::string_view feature_of(const KernelDefinition& kernel);

/// Runs a kernel on random arguments of each size, on the device and on the reference, and compares all memory that the
/// kernel could reach. Never throws for what the device does: it is a result. One caller at a time for each device.
[[nodiscard]] DOTCOMPUTE_API std::vector<KernelResult> compare_with_reference(Accelerator& device,
                                                                              HostAccelerator& reference,
                                                                              const KernelDefinition& kernel,
                                                                              const SuiteOptions& options = {});

}  // namespace dotcompute::conformance
