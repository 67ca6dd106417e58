#include "cuda_memory.hpp"

#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::cuda {

CudaMemory::CudaMemory(std::shared_ptr<CudaDevice> device, std::uint64_t size_bytes)
    : device_(std::move(device)), size_bytes_(size_bytes) {
  device_->require_working();
  const CurrentContext current(*device_);
  if (size_bytes == 0) return;  // Which the driver would refuse.
  const Driver& driver = device_->driver();
  const Result result = driver.cuMemAlloc(&address_, size_bytes);
  if (result != Result::out_of_memory) {
    device_->check(result, "cuMemAlloc");
    return;
  }
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  device_->check(driver.cuMemGetInfo(&free_bytes, &total_bytes), "cuMemGetInfo");
  const AcceleratorInfo& info = device_->info();
  ErrorContext context;
  context.device = info.id;
  context.cause = fmt::format("cuMemAlloc gave {}", driver.describe(result));
  throw OutOfMemoryError(Remedy::fall_back,
                         fmt::format("'{}' ({}) has no room for {} bytes: {} of its {} bytes are free; free buffers, "
                                     "work in smaller pieces, or use another device",
                                     info.id, info.name, size_bytes, free_bytes, total_bytes),
                         std::move(context));
}

CudaMemory::CudaMemory(std::shared_ptr<CudaDevice> device, DeviceAddress address, std::uint64_t size_bytes,
                       Ownership ownership) noexcept
    : device_(std::move(device)), size_bytes_(size_bytes), address_(address), ownership_(ownership) {}

CudaMemory::~CudaMemory() {
  if (address_ == 0 || ownership_ == Ownership::borrowed || device_->is_lost()) return;
  try {
    const CurrentContext current(*device_);
    device_->driver().cuMemFree(address_);
  } catch (const ComputeError&) {
    // The device went away, and the memory with it.
  }
}

CudaPinnedMemory::CudaPinnedMemory(std::shared_ptr<CudaDevice> device, std::uint64_t size_bytes)
    : device_(std::move(device)) {
  device_->require_working();
  if (size_bytes == 0) return;
  const CurrentContext current(*device_);
  void* address = nullptr;
  const Driver& driver = device_->driver();
  const Result result = driver.cuMemHostAlloc(&address, size_bytes, host_alloc_portable);
  if (result == Result::out_of_memory) {
    ErrorContext context;
    context.device = device_->info().id;
    context.cause = fmt::format("cuMemHostAlloc gave {}", driver.describe(result));
    throw OutOfMemoryError(
        Remedy::fall_back,
        fmt::format("the host has no {} bytes that '{}' could pin; use ordinary memory, or less of it", size_bytes,
                    device_->info().id),
        std::move(context));
  }
  device_->check(result, "cuMemHostAlloc");
  bytes_ = {static_cast<std::byte*>(address), size_bytes};
}

CudaPinnedMemory::~CudaPinnedMemory() {
  if (bytes_.empty() || device_->is_lost()) return;
  try {
    const CurrentContext current(*device_);
    device_->driver().cuMemFreeHost(bytes_.data());
  } catch (const ComputeError&) {
    // The device went away; what it pinned ends with the process.
  }
}

}  // namespace dotcompute::cuda
