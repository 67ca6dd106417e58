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

CudaMemory::~CudaMemory() {
  if (address_ == 0 || device_->is_lost()) return;
  try {
    const CurrentContext current(*device_);
    device_->driver().cuMemFree(address_);
  } catch (const ComputeError&) {
    // The device went away, and the memory with it.
  }
}

}  // namespace dotcompute::cuda
