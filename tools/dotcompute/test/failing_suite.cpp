// A suite for the test of the command line: its one kernel is found wanting on every device.

#include <dotcompute/conformance/library.hpp>
#include <dotcompute/kernel/registry.hpp>

namespace {

using namespace dotcompute;

std::vector<KernelDefinition> kernels() {
  static const dotcompute_kernel record = [] {
    dotcompute_kernel made{};
    made.struct_size = sizeof made;
    made.dimensions = 1;
    made.name = "suite::wanting";
    made.mangled_name = "wanting";
    made.source_file = "wanting.cpp";
    made.content_hash = "0";
    return made;
  }();
  return {KernelDefinition(record)};
}

std::vector<conformance::KernelResult> compare(Accelerator&, HostAccelerator&, const KernelDefinition& kernel,
                                               const conformance::SuiteOptions& options) {
  return {
      {std::string(kernel.name()), options.sizes.front(), conformance::Verdict::failed, "exact", 0, "all is wrong"}};
}

std::vector<std::string_view> checks(const Accelerator&) { return {"nothing is asked"}; }
conformance::CheckResult check(Accelerator&, std::string_view name, std::uint64_t) {
  return {std::string(name), conformance::Verdict::passed, ""};
}
conformance::KernelOrigin origin(const KernelDefinition&) { return {"wanting", ""}; }
std::string_view feature(const KernelDefinition&) { return "control flow"; }
const std::vector<std::uint64_t>& sizes() noexcept {
  static const std::vector<std::uint64_t> one{1};
  return one;
}

}  // namespace

const conformance::Library* dotcompute_conformance_library() noexcept {
  static constexpr conformance::Library library{&kernels, &compare, &checks, &check, &origin, &feature, &sizes};
  return &library;
}
