#include "kernel_instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <dotcompute/base/error.hpp>

#include "error_name.hpp"
#include "memory.hpp"

namespace dotcompute::opencl {

namespace {

ErrorContext context_of(const Device& device, const KernelDefinition& kernel) {
  ErrorContext context;
  context.kernel = kernel.name();
  context.device = device.info().id;
  return context;
}

template <class T>
T kernel_number(Device& device, cl_kernel kernel, cl_kernel_work_group_info what, std::string_view name) {
  T value{};
  device.require(device.api().clGetKernelWorkGroupInfo(kernel, device.id(), what, sizeof value, &value, nullptr),
                 "clGetKernelWorkGroupInfo", fmt::format("loading kernel '{}'", name), name);
  return value;
}

}  // namespace

KernelInstance::KernelInstance(Device& device, KernelDefinition definition, Handle<cl_kernel> kernel, IndexWidth width,
                               cl_mem empty)
    : device_(device),
      definition_(definition),
      kernel_(std::move(kernel)),
      width_(width),
      raw_(is_raw(definition)),
      empty_(empty),
      known_(argument_count(definition)),
      values_(static_cast<std::size_t>(definition.record().block_size)) {}

std::size_t KernelInstance::argument_count(const KernelDefinition& definition) {
  const auto parameters = definition.entry_parameters();
  if (is_raw(definition)) return parameters.size();
  // abi.h: a span is a pointer, a size and the bytes before its first element; each dimension has a size and a first.
  std::size_t count = 2 * static_cast<std::size_t>(definition.dimensions());
  for (const dotcompute_parameter& parameter : parameters) {
    count += parameter.kind == DOTCOMPUTE_PARAMETER_SPAN ? 3 : 1;
  }
  return count;
}

void KernelInstance::set_arguments(const DeviceLaunch& launch) {
  cl_uint index = 0;
  std::size_t span_index = 0;
  for (const dotcompute_parameter& parameter : definition_.entry_parameters()) {
    if (parameter.kind != DOTCOMPUTE_PARAMETER_SPAN) {
      set_value(index++, parameter, launch.arguments);
      continue;
    }
    const DeviceSpan& span = launch.spans[span_index++];
    set_memory(index++, parameter, span);
    if (raw_) continue;
    set_number(index++, span.count);
    set_number(index++, span.memory == nullptr ? 0 : span.offset_bytes);
  }
  if (raw_) return;
  for (std::size_t d = 0; d < static_cast<std::size_t>(definition_.dimensions()); ++d) {
    set_number(index++, launch.grid.size[d]);
  }
}

void KernelInstance::set_first(const Sides& first) {
  if (raw_) return;
  const auto dimensions = static_cast<std::size_t>(definition_.dimensions());
  const std::size_t begin = known_.size() - dimensions;
  for (std::size_t d = 0; d < dimensions; ++d) set_number(static_cast<cl_uint>(begin + d), first[d]);
}

void KernelInstance::set(cl_uint index, std::size_t size, const void* value, const dotcompute_parameter* parameter) {
  const cl_int code = device_.api().clSetKernelArg(kernel_.get(), index, size, value);
  if (code == CL_SUCCESS) return;
  known_[index].reset();
  if (raw_ && parameter != nullptr && (code == CL_INVALID_ARG_SIZE || code == CL_INVALID_ARG_VALUE)) {
    const bool is_span = parameter->kind == DOTCOMPUTE_PARAMETER_SPAN;
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("parameter '{}' of kernel '{}' was declared as {}'{}'{}, but the OpenCL C source takes something "
                    "else as argument {} ({} on {}); make the declaration and the source agree",
                    parameter->name, definition_.name(), is_span ? "a span of " : "", parameter->type->name,
                    is_span ? "" : fmt::format(" of {} bytes", parameter->type->size), index, error_name(code),
                    device_.label()),
        context_of(device_, definition_));
  }
  device_.require(code, "clSetKernelArg", fmt::format("setting argument {} of kernel '{}'", index, definition_.name()),
                  definition_.name());
}

void KernelInstance::set_number(cl_uint index, std::uint64_t value) {
  if (known_[index] == value) return;
  if (width_ == IndexWidth::wide) {
    const cl_ulong number = value;
    set(index, sizeof number, &number, nullptr);
  } else {
    const auto number = static_cast<cl_uint>(value);
    set(index, sizeof number, &number, nullptr);
  }
  known_[index] = value;
}

void KernelInstance::set_value(cl_uint index, const dotcompute_parameter& parameter, const std::byte* arguments) {
  const std::byte* const value = arguments + parameter.offset;
  std::byte* const last = values_.data() + parameter.offset;
  const auto size = static_cast<std::size_t>(parameter.type->size);
  if (known_[index].has_value() && std::memcmp(value, last, size) == 0) return;
  set(index, size, value, &parameter);
  std::memcpy(last, value, size);
  known_[index] = 0;
}

void KernelInstance::set_buffer(cl_uint index, cl_mem buffer, const dotcompute_parameter& parameter) {
  // A buffer is passed as its handle, which is a pointer.
  set(index, sizeof(cl_mem), static_cast<const void*>(&buffer), &parameter);  // NOLINT(bugprone-sizeof-expression)
}

void KernelInstance::set_memory(cl_uint index, const dotcompute_parameter& parameter, const DeviceSpan& span) {
  if (raw_ && span.memory != nullptr && span.offset_bytes != 0) {
    const cl_mem part = sub_buffer(parameter, span);
    set_buffer(index, part, parameter);
    known_[index].reset();
    return;
  }
  // No buffer has the serial 0; it stands for the empty one.
  const auto* const memory = static_cast<const Memory*>(span.memory);
  const std::uint64_t serial = memory == nullptr ? 0 : memory->serial();
  if (known_[index] == serial) return;
  const cl_mem buffer = memory == nullptr ? empty_ : memory->buffer();
  set_buffer(index, buffer, parameter);
  known_[index] = serial;
}

cl_mem KernelInstance::sub_buffer(const dotcompute_parameter& parameter, const DeviceSpan& span) {
  const std::uint64_t alignment = device_.traits().sub_buffer_alignment_bytes;
  if (span.offset_bytes % alignment != 0) {
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format(
            "'{}' of kernel '{}' begins {} bytes into its buffer, and {} can pass parts of buffers to a source "
            "in OpenCL C only where they begin at a multiple of {} bytes; copy the part into a buffer of its own",
            parameter.name, definition_.name(), span.offset_bytes, device_.label(), alignment),
        context_of(device_, definition_));
  }
  const Library& library = device_.api();
  const auto& memory = static_cast<const Memory&>(*span.memory);
  // A part has at least one byte; where it is empty at the buffer's end there is none.
  const std::uint64_t size_bytes = span.count * parameter.type->size;
  if (size_bytes == 0) return empty_;
  const cl_buffer_region region{static_cast<std::size_t>(span.offset_bytes), static_cast<std::size_t>(size_bytes)};
  cl_int code = CL_SUCCESS;
  sub_buffers_.emplace_back(library.clCreateSubBuffer(memory.buffer(), 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &code),
                            library.clReleaseMemObject);
  device_.require(code, "clCreateSubBuffer",
                  fmt::format("passing '{}' to kernel '{}'", parameter.name, definition_.name()), definition_.name());
  return sub_buffers_.back().get();
}

KernelProgram::KernelProgram(Device& device, const KernelDefinition& definition, Handle<cl_program> program,
                             IndexWidth width, cl_mem empty)
    : device_(device), definition_(definition), program_(std::move(program)), width_(width), empty_(empty) {
  std::unique_ptr<KernelInstance> first = create();
  require_argument_count(first->kernel());
  require_local_memory(first->kernel());
  ask_limits(first->kernel());
  give_back(std::move(first), 0);
}

KernelProgram::~KernelProgram() {
  for (Idle& idle : idle_) delete idle.instance.load(std::memory_order_acquire);
}

std::unique_ptr<KernelInstance> KernelProgram::create() {
  const char* const entry = opencl_source(definition_).entry;
  cl_int code = CL_SUCCESS;
  Handle kernel(device_.api().clCreateKernel(program_.get(), entry, &code), device_.api().clReleaseKernel);
  if (code == CL_INVALID_KERNEL_NAME) {
    throw DeviceError(Remedy::fix_input,
                      fmt::format("the image that {} was given for kernel '{}' has no function '{}', so it is another "
                                  "kernel's; build the kernel for this device again",
                                  device_.label(), definition_.name(), entry),
                      context_of(device_, definition_));
  }
  device_.require(code, "clCreateKernel", fmt::format("loading kernel '{}'", definition_.name()), definition_.name());
  return std::make_unique<KernelInstance>(device_, definition_, std::move(kernel), width_, empty_);
}

void KernelProgram::require_argument_count(cl_kernel kernel) {
  cl_uint count = 0;
  device_.require(device_.api().clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, nullptr),
                  "clGetKernelInfo", fmt::format("loading kernel '{}'", definition_.name()), definition_.name());
  const std::size_t expected = KernelInstance::argument_count(definition_);
  if (count == expected) return;
  if (is_raw(definition_)) {
    throw CompilationError(
        Remedy::fix_input,
        fmt::format("function '{}' in the OpenCL C source of kernel '{}' takes {} arguments on {}, and {} parameters "
                    "were declared; make the declaration and the source agree",
                    opencl_source(definition_).entry, definition_.name(), count, device_.label(), expected),
        context_of(device_, definition_));
  }
  throw DeviceError(
      Remedy::fix_input,
      fmt::format("the image that {} was given for kernel '{}' takes {} arguments instead of {}, so it is "
                  "another kernel's; build the kernel for this device again",
                  device_.label(), definition_.name(), count, expected),
      context_of(device_, definition_));
}

void KernelProgram::require_local_memory(cl_kernel kernel) {
  const auto needed = kernel_number<cl_ulong>(device_, kernel, CL_KERNEL_LOCAL_MEM_SIZE, definition_.name());
  const std::uint64_t available = device_.info().limits.local_memory_bytes;
  if (needed <= available) return;
  throw DeviceError(Remedy::fall_back,
                    fmt::format("kernel '{}' needs {} bytes of local memory for each group, and {} has {}; make its "
                                "local arrays smaller, or run on another device",
                                definition_.name(), needed, device_.label(), available),
                    context_of(device_, definition_));
}

void KernelProgram::ask_limits(cl_kernel kernel) {
  const std::string_view name = definition_.name();
  const DeviceLimits& device = device_.info().limits;
  limits_.items = kernel_number<std::size_t>(device_, kernel, CL_KERNEL_WORK_GROUP_SIZE, name);
  limits_.items = std::max(std::min(limits_.items, device.largest_group_items), std::uint64_t{1});
  limits_.multiple = kernel_number<std::size_t>(device_, kernel, CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, name);
  limits_.multiple = std::max(limits_.multiple, std::uint64_t{1});
  limits_.usual = device_.traits().usual_group_items;
  for (std::size_t d = 0; d < 3; ++d) limits_.sides[d] = std::max(device.largest_group[d], std::uint64_t{1});
  const auto required =
      kernel_number<std::array<std::size_t, 3>>(device_, kernel, CL_KERNEL_COMPILE_WORK_GROUP_SIZE, name);
  for (std::size_t d = 0; d < 3; ++d) limits_.required[d] = required[d];
}

std::unique_ptr<KernelInstance> KernelProgram::take(std::size_t place) {
  for (std::size_t i = 0; i < idle_count; ++i) {
    std::atomic<KernelInstance*>& slot = idle_[(place + i) % idle_count].instance;
    if (slot.load(std::memory_order_relaxed) == nullptr) continue;
    if (KernelInstance* const found = slot.exchange(nullptr, std::memory_order_acquire)) {
      return std::unique_ptr<KernelInstance>(found);
    }
  }
  return create();
}

void KernelProgram::give_back(std::unique_ptr<KernelInstance> instance, std::size_t place) noexcept {
  for (std::size_t i = 0; i < idle_count; ++i) {
    KernelInstance* empty = nullptr;
    std::atomic<KernelInstance*>& slot = idle_[(place + i) % idle_count].instance;
    if (slot.compare_exchange_strong(empty, instance.get(), std::memory_order_release, std::memory_order_relaxed)) {
      [[maybe_unused]] const KernelInstance* const kept = instance.release();
      return;
    }
  }
}

}  // namespace dotcompute::opencl
