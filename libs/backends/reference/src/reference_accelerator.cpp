#include <dotcompute/reference/reference_accelerator.hpp>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "launch_line.hpp"
#include "reference_kernel.hpp"

namespace dotcompute {

namespace {

class ReferenceAccelerator final : public HostAccelerator {
 public:
  const AcceleratorInfo& info() const noexcept override { return info_; }

  std::optional<std::string> refusal(const KernelDefinition& kernel) const override {
    if (kernel.record().reference != nullptr) return std::nullopt;
    if (kernel.is_device_source()) {
      return fmt::format("'{}' is written in the languages of other devices only", kernel.name());
    }
    return fmt::format("'{}' ({}) has no reference; compile its file with kernelc again", kernel.name(),
                       kernel.source_file());
  }

  std::unique_ptr<HostKernel> load(const KernelDefinition& kernel) override {
    if (const std::optional<std::string> reason = refusal(kernel)) {
      ErrorContext context;
      context.kernel = kernel.name();
      context.device = info_.id;
      throw DeviceError(Remedy::fall_back, *reason, std::move(context));
    }
    return std::make_unique<reference::ReferenceKernel>(kernel, line_);
  }

 private:
  AcceleratorInfo info_{
      .id = "reference", .name = "the kernel's own function, item by item on one thread", .backend = "reference"};
  reference::LaunchLine line_;
};

}  // namespace

std::unique_ptr<HostAccelerator> make_reference_accelerator() { return std::make_unique<ReferenceAccelerator>(); }

}  // namespace dotcompute
