#include "cuda_kernel.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/device_groups.hpp>

#include "cuda_build.hpp"

namespace dotcompute::cuda {

namespace {

constexpr std::uint64_t narrow_end = std::uint64_t{1} << 32;

ErrorContext context_of(const CudaDevice& device, const KernelDefinition& kernel, std::string cause = {}) {
  ErrorContext context;
  context.kernel = kernel.name();
  context.device = device.info().id;
  context.cause = std::move(cause);
  return context;
}

[[noreturn]] void throw_unfit(const CudaDevice& device, const KernelDefinition& kernel, const std::string& why,
                              std::string cause = {}) {
  throw DeviceError(Remedy::fall_back,
                    fmt::format("the image of '{}' cannot be loaded on '{}': {}; build it again", kernel.name(),
                                device.info().id, why),
                    context_of(device, kernel, std::move(cause)));
}

Image checked_image(const CudaDevice& device, const KernelDefinition& kernel, std::span<const std::byte> bytes) {
  std::optional<Image> image = decode(bytes);
  if (!image) throw_unfit(device, kernel, "it is damaged, or was not made by this version");
  const std::string target = device.description().target();
  if (image->target != target) {
    throw_unfit(device, kernel,
                fmt::format("it was made for {}, and {} is {}", image->target, device.info().name, target));
  }
  return *std::move(image);
}

std::string text_of(const Sizes& sizes) { return fmt::format("{} x {} x {}", sizes[0], sizes[1], sizes[2]); }

}  // namespace

CudaKernel::CudaKernel(std::shared_ptr<CudaDevice> device, const KernelDefinition& kernel,
                       std::span<const std::byte> image)
    : device_(std::move(device)), definition_(kernel), name_(device_->keep_name(kernel.name())) {
  const Image checked = checked_image(*device_, kernel, image);
  convention_ = checked.convention;
  try {
    module_.emplace(*device_, kernel, checked);
  } catch (const CudaModule::Rejected& rejected) {
    if (rejected.is_entry_missing) throw_unfit(*device_, kernel, fmt::format("it has no kernel '{}'", checked.entry));
    throw_unfit(*device_, kernel,
                fmt::format("the driver, of CUDA {}, does not take it ({})", device_->driver().version_name(),
                            rejected.log.substr(0, rejected.log.find('\n'))),
                rejected.log);
  }
}

LaunchPlan CudaKernel::plan(const DeviceLaunch& asked) const {
  const DeviceLaunch launch = settle_groups(definition_.record(), asked, device_->info().id);
  LaunchPlan plan{.module = &*module_, .convention = convention_, .grid = launch.grid};
  const Sizes grid = sizes_of(launch.grid);
  plan.group = checked_group(launch, *plan.module);
  plan.groups = groups_over(grid, plan.group);
  if (convention_ == Convention::raw) {
    check_raw_groups(plan.groups, plan.group);
    return plan;
  }
  if (convention_ == Convention::wide) return plan;
  const bool is_narrow =
      has_narrow_indices(plan.groups, plan.group) &&
      std::ranges::all_of(grid, [](std::uint64_t size) { return size < narrow_end; }) &&
      std::ranges::all_of(launch.spans, [](const DeviceSpan& each) { return each.count < narrow_end; });
  if (is_narrow) return plan;
  plan.module = &wide_module();
  plan.convention = Convention::wide;
  plan.group = checked_group(launch, *plan.module);
  plan.groups = groups_over(grid, plan.group);
  return plan;
}

Sizes CudaKernel::checked_group(const DeviceLaunch& launch, const CudaModule& module) const {
  const AcceleratorInfo& info = device_->info();
  Sizes group = sizes_of(launch.group);
  if (group == Sizes{}) {
    return choose_group(sizes_of(launch.grid), {.best_items = module.best_group_items(),
                                                .largest = info.limits.largest_group,
                                                .multiprocessors = info.concurrency});
  }
  for (std::uint64_t& size : group) size = std::max<std::uint64_t>(1, size);
  for (std::size_t d = 0; d < 3; ++d) {
    if (group[d] <= info.limits.largest_group[d]) continue;
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("'{}' cannot run in groups of {} on '{}': a group there can have {} items in "
                                     "dimension {}; {}",
                                     name_, text_of(group), info.id, info.limits.largest_group[d], d,
                                     advice_for_smaller_groups(definition_.record())),
                         context_of(*device_, definition_));
  }
  // Each is below 2^31 now, which the driver counts in; three of them are not.
  const std::uint64_t plane = group[0] * group[1];
  const std::uint64_t largest = module.largest_group_items();
  if (plane > largest || group[2] > largest / plane) {
    const bool by_device = largest >= info.limits.largest_group_items;
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("'{}' cannot run in groups of {} on '{}': {} a group can have {} items in all; {}", name_,
                    text_of(group), info.id, by_device ? "there" : "with the registers that this kernel needs", largest,
                    advice_for_smaller_groups(definition_.record())),
        context_of(*device_, definition_));
  }
  return group;
}

void CudaKernel::check_raw_groups(const Sizes& groups, const Sizes& group) const {
  const Sizes& largest = device_->description().largest_grid;
  for (std::size_t d = 0; d < 3; ++d) {
    if (groups[d] <= largest[d]) continue;
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("'{}' cannot run on '{}': in groups of {} it has {} groups in dimension {}, and a "
                                     "launch there can have {}; ask for larger groups or launch it over a smaller "
                                     "grid: a kernel in the device's own language is never launched in parts",
                                     name_, device_->info().id, text_of(group), groups[d], d, largest[d]),
                         context_of(*device_, definition_));
  }
}

const CudaModule& CudaKernel::wide_module() const {
  if (const CudaModule* const made = wide_.load(std::memory_order_acquire)) return *made;
  const std::lock_guard lock(wide_mutex_);
  if (wide_module_) return *wide_module_;
  const ChosenSource chosen = choose_source(*device_, definition_);
  if (chosen.source == nullptr) {
    throw DeviceError(
        Remedy::fall_back,
        fmt::format("this launch of '{}' needs code for more than 2^32 elements: {}", name_, chosen.refusal),
        context_of(*device_, definition_));
  }
  const std::vector<std::byte> bytes = build_image(*device_, definition_, *chosen.source, Convention::wide);
  try {
    wide_module_.emplace(*device_, definition_, checked_image(*device_, definition_, bytes));
  } catch (const CudaModule::Rejected& rejected) {
    throw_unfit(*device_, definition_, rejected.log.substr(0, rejected.log.find('\n')), rejected.log);
  }
  wide_.store(&*wide_module_, std::memory_order_release);
  return *wide_module_;
}

}  // namespace dotcompute::cuda
