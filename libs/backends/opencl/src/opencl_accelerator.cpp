#include "opencl_accelerator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <dotcompute/base/error.hpp>

#include <dotcompute/device/device_groups.hpp>

#include "error_name.hpp"
#include "kernel.hpp"
#include "memory.hpp"
#include "program.hpp"
#include "stream.hpp"

namespace dotcompute::opencl {

OpenClAccelerator::OpenClAccelerator(const Library& library, cl_device_id id, DeviceDescription description,
                                     bool out_of_order)
    : device_(library, id, std::move(description)),
      out_of_order_(out_of_order && device_.traits().has_out_of_order_queues) {}

std::optional<std::string> OpenClAccelerator::refusal(const KernelDefinition& kernel) const {
  const dotcompute_source* const source = kernel.source(DOTCOMPUTE_LANGUAGE_OPENCL_C);
  if (source == nullptr && kernel.is_device_source()) {
    return fmt::format("'{}' is written in the languages of other devices only, and {} takes OpenCL C", kernel.name(),
                       device_.label());
  }
  if (source == nullptr) {
    return fmt::format("'{}' ({}) has no OpenCL C for {}; compile its file with this version's kernelc", kernel.name(),
                       kernel.source_file(), device_.label());
  }
  if (source->text == nullptr) {
    return fmt::format("'{}' cannot be written in OpenCL C for {}: {}", kernel.name(), device_.label(),
                       source->refusal == nullptr ? "no reason is recorded" : source->refusal);
  }
  if ((source->features & DOTCOMPUTE_FEATURE_FP64) != 0 && !info().limits.has_fp64) {
    return fmt::format(
        "'{}' computes with double, which {} does not have (no cl_khr_fp64); use float, or run on "
        "another device",
        kernel.name(), device_.label());
  }
  if ((source->features & DOTCOMPUTE_FEATURE_INT64_ATOMICS) != 0 && !info().limits.has_int64_atomics) {
    return fmt::format(
        "'{}' has atomic operations on 64 bits, which {} does not have (no cl_khr_int64_base_atomics); use 32-bit "
        "numbers there, or run on another device",
        kernel.name(), device_.label());
  }
  return group_refusal(kernel.record(), info().limits, device_.label());
}

void OpenClAccelerator::require_accepted(const KernelDefinition& kernel) const {
  device_.require_present();
  if (const std::optional<std::string> reason = refusal(kernel)) {
    ErrorContext context;
    context.kernel = kernel.name();
    context.device = info().id;
    throw DeviceError(Remedy::fall_back, *reason, std::move(context));
  }
}

Handle<cl_mem> OpenClAccelerator::create_buffer(std::uint64_t size_bytes) {
  const DeviceLimits& limits = info().limits;
  const Library& library = device_.api();
  ErrorContext context;
  context.device = info().id;
  // Not left to the driver: some try.
  if (size_bytes > limits.largest_allocation_bytes) {
    throw OutOfMemoryError(
        Remedy::fix_input,
        fmt::format("{} cannot allocate {} bytes: {} bytes are its largest allocation, and it has {} bytes in all; use "
                    "several buffers",
                    device_.label(), size_bytes, limits.largest_allocation_bytes, limits.memory_bytes),
        std::move(context));
  }
  cl_int code = CL_SUCCESS;
  // OpenCL has no buffers of size 0.
  const std::uint64_t created_bytes = std::max(size_bytes, std::uint64_t{1});
  Handle buffer(library.clCreateBuffer(device_.context(), CL_MEM_READ_WRITE, created_bytes, nullptr, &code),
                library.clReleaseMemObject);
  if (code == CL_INVALID_BUFFER_SIZE || is_shortage(code)) {
    context.cause = fmt::format("clCreateBuffer: {}", error_name(code));
    throw OutOfMemoryError(
        Remedy::retry,
        fmt::format(
            "{} cannot allocate {} bytes: clCreateBuffer gave {}, and it has {} bytes in all; give buffers on it "
            "back, or run on another device",
            device_.label(), size_bytes, error_name(code), limits.memory_bytes),
        std::move(context));
  }
  device_.require(code, "clCreateBuffer", "allocating memory");
  return buffer;
}

cl_mem OpenClAccelerator::empty_buffer() {
  const std::lock_guard lock(mutex_);
  if (!empty_) empty_ = create_buffer(0);
  return empty_.get();
}

std::unique_ptr<DeviceMemory> OpenClAccelerator::allocate(std::uint64_t size_bytes) {
  Handle<cl_mem> buffer = create_buffer(size_bytes);
  return std::make_unique<Memory>(std::move(buffer), size_bytes, next_serial_.fetch_add(1, std::memory_order_relaxed));
}

std::unique_ptr<Stream> OpenClAccelerator::create_stream() {
  return std::make_unique<CommandStream>(device_, next_stream_.fetch_add(1, std::memory_order_relaxed), out_of_order_);
}

std::vector<std::byte> OpenClAccelerator::build(const KernelDefinition& kernel) {
  require_accepted(kernel);
  const Handle<cl_program> program = build_program(device_, kernel, IndexWidth::narrow);
  return image_of(device_, kernel, program.get());
}

std::unique_ptr<DeviceKernel> OpenClAccelerator::load(const KernelDefinition& kernel,
                                                      std::span<const std::byte> image) {
  require_accepted(kernel);
  return std::make_unique<Kernel>(device_, kernel, load_program(device_, kernel, image), empty_buffer());
}

}  // namespace dotcompute::opencl
