#include "cuda_accelerator.hpp"

#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/device_groups.hpp>

#include "cuda_build.hpp"
#include "cuda_kernel.hpp"
#include "cuda_memory.hpp"
#include "cuda_stream.hpp"

namespace dotcompute::cuda {

std::optional<std::string> CudaAccelerator::refusal(const KernelDefinition& kernel) const {
  ChosenSource chosen = choose_source(*device_, kernel);
  if (chosen.source == nullptr) return std::move(chosen.refusal);
  return group_refusal(kernel.record(), info().limits, device_->info().id);
}

std::unique_ptr<DeviceMemory> CudaAccelerator::allocate(std::uint64_t size_bytes) {
  return std::make_unique<CudaMemory>(device_, size_bytes);
}

std::unique_ptr<Stream> CudaAccelerator::create_stream() { return std::make_unique<CudaStream>(device_); }

std::vector<std::byte> CudaAccelerator::build(const KernelDefinition& kernel) {
  if (const std::optional<std::string> reason = refusal(kernel)) {
    ErrorContext context;
    context.kernel = kernel.name();
    context.device = info().id;
    throw DeviceError(Remedy::fall_back, *reason, std::move(context));
  }
  const ChosenSource chosen = choose_source(*device_, kernel);
  return build_image(*device_, kernel, *chosen.source, first_convention(*chosen.source));
}

std::unique_ptr<DeviceKernel> CudaAccelerator::load(const KernelDefinition& kernel, std::span<const std::byte> image) {
  return std::make_unique<CudaKernel>(device_, kernel, image);
}

}  // namespace dotcompute::cuda
