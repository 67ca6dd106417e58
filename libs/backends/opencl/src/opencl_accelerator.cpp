#include "opencl_accelerator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <dotcompute/base/error.hpp>

#include <dotcompute/device/device_groups.hpp>

#include "error_name.hpp"
#include "kernel.hpp"
#include "memory.hpp"
#include "pinned_memory.hpp"
#include "program.hpp"
#include "stream.hpp"

namespace dotcompute::opencl {

OpenClAccelerator::OpenClAccelerator(const Library& library, cl_device_id id, DeviceDescription description,
                                     std::shared_ptr<PlatformContext> platform, bool out_of_order)
    : device_(library, id, std::move(description), std::move(platform)),
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

Handle<cl_mem> OpenClAccelerator::create_buffer(std::uint64_t size_bytes, cl_mem_flags flags) {
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
  Handle buffer(library.clCreateBuffer(device_.context(), CL_MEM_READ_WRITE | flags, created_bytes, nullptr, &code),
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
  if (!empty_) empty_ = create_buffer(0, 0);
  return empty_.get();
}

std::unique_ptr<DeviceMemory> OpenClAccelerator::allocate(std::uint64_t size_bytes) {
  Handle<cl_mem> buffer = create_buffer(size_bytes, 0);
  return std::make_unique<Memory>(std::move(buffer), size_bytes, next_serial_.fetch_add(1, std::memory_order_relaxed));
}

std::unique_ptr<PinnedMemory> OpenClAccelerator::allocate_pinned(std::uint64_t size_bytes) {
  return std::make_unique<PinnedBuffer>(device_, create_buffer(size_bytes, CL_MEM_ALLOC_HOST_PTR), size_bytes);
}

bool OpenClAccelerator::can_access_peer(const DeviceAccelerator& other) const noexcept {
  const auto* const peer = dynamic_cast<const OpenClAccelerator*>(&other);
  return peer != nullptr && peer != this && device_.shares_context_with(peer->device_);
}

std::optional<std::string> OpenClAccelerator::reason_against(cl_mem buffer, std::uint64_t size_bytes) {
  const auto ask = [&](cl_mem_info what, auto& value) {
    return device_.api().clGetMemObjectInfo(buffer, what, sizeof value, &value, nullptr) == CL_SUCCESS;
  };
  if (buffer == nullptr) return "it is null";
  cl_mem_object_type type = 0;
  cl_context context = nullptr;
  std::size_t held_bytes = 0;
  if (!ask(CL_MEM_TYPE, type) || !ask(CL_MEM_CONTEXT, context) || !ask(CL_MEM_SIZE, held_bytes)) {
    return "the driver does not know it";
  }
  if (type != CL_MEM_OBJECT_BUFFER) return "it is an image, and kernels work on buffers";
  if (context != device_.context()) return "it is of another context; create it in the one that native_context() gives";
  if (held_bytes < size_bytes) return fmt::format("it has {} bytes", held_bytes);
  return std::nullopt;
}

std::unique_ptr<DeviceMemory> OpenClAccelerator::adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                                       Ownership ownership) {
  device_.require_present();
  const auto buffer = reinterpret_cast<cl_mem>(native_handle);
  if (const std::optional<std::string> reason = reason_against(buffer, size_bytes)) {
    ErrorContext context;
    context.device = info().id;
    throw DeviceError(Remedy::fix_input,
                      fmt::format("{} cannot take the cl_mem {:#x} as {} bytes of its memory: {}", device_.label(),
                                  native_handle, size_bytes, *reason),
                      std::move(context));
  }
  if (ownership == Ownership::borrowed) {
    device_.require(device_.api().clRetainMemObject(buffer), "clRetainMemObject", "taking memory that others made");
  }
  return std::make_unique<Memory>(Handle(buffer, device_.api().clReleaseMemObject), size_bytes,
                                  next_serial_.fetch_add(1, std::memory_order_relaxed));
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
