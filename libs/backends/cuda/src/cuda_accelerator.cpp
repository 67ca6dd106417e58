#include "cuda_accelerator.hpp"

#include <utility>

#include <fmt/format.h>

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

std::unique_ptr<PinnedMemory> CudaAccelerator::allocate_pinned(std::uint64_t size_bytes) {
  return std::make_unique<CudaPinnedMemory>(device_, size_bytes);
}

bool CudaAccelerator::can_access_peer(const DeviceAccelerator& other) const noexcept {
  const auto* const peer = dynamic_cast<const CudaAccelerator*>(&other);
  return peer != nullptr && device_->reaches(*peer->device_);
}

std::optional<std::string> CudaAccelerator::reason_against(DeviceAddress address, std::uint64_t size_bytes,
                                                           Ownership ownership) {
  const Driver& driver = device_->driver();
  unsigned type = 0;
  int ordinal = -1;
  DeviceAddress base = 0;
  std::size_t held_bytes = 0;
  if (driver.cuPointerGetAttribute(&type, PointerAttribute::memory_type, address) != Result::success ||
      driver.cuPointerGetAttribute(&ordinal, PointerAttribute::device_ordinal, address) != Result::success ||
      driver.cuMemGetAddressRange(&base, &held_bytes, address) != Result::success) {
    return "the driver does not know it";
  }
  if (type != memory_type_device) return "it is no memory of a device";
  if (ordinal != device_->description().handle) return fmt::format("it is memory of device {}", ordinal);
  const std::uint64_t rest_bytes = base + held_bytes - address;
  if (rest_bytes < size_bytes) return fmt::format("its block has {} bytes from there on", rest_bytes);
  if (ownership == Ownership::taken && address != base) return "it begins inside a block, which can only be borrowed";
  return std::nullopt;
}

std::unique_ptr<DeviceMemory> CudaAccelerator::adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                                     Ownership ownership) {
  device_->require_working();
  const CurrentContext current(*device_);
  const DeviceAddress address = native_handle;
  if (const std::optional<std::string> reason = reason_against(address, size_bytes, ownership)) {
    ErrorContext context;
    context.device = info().id;
    throw DeviceError(Remedy::fix_input,
                      fmt::format("'{}' ({}) cannot take the CUdeviceptr {:#x} as {} bytes of its memory: {}",
                                  info().id, info().name, address, size_bytes, *reason),
                      std::move(context));
  }
  return std::make_unique<CudaMemory>(device_, address, size_bytes, ownership);
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
