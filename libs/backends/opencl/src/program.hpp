#pragma once

/// Programs of OpenCL: from a kernel's text to an image, and from an image to a program.

#include <cstddef>
#include <span>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

#include "device.hpp"
#include "handle.hpp"
#include "opencl_headers.hpp"

namespace dotcompute::opencl {

/// How many bits the sizes and indices in the arguments of a kernel have (dotcompute_source).
enum class IndexWidth { narrow, wide };

/// The kernel's text in OpenCL C; `Accelerator::refusal` has found nothing wrong with it.
[[nodiscard]] const dotcompute_source& opencl_source(const KernelDefinition& kernel);

/// Whether the program's author wrote the text (DOTCOMPUTE_FEATURE_RAW).
[[nodiscard]] bool is_raw(const KernelDefinition& kernel);

/// Compiles a kernel. Throws CompilationError with the log as its cause, and DeviceError.
[[nodiscard]] Handle<cl_program> build_program(Device& device, const KernelDefinition& kernel, IndexWidth width);

/// What `load_program` takes. Throws DeviceError.
[[nodiscard]] std::vector<std::byte> image_of(Device& device, const KernelDefinition& kernel, cl_program program);

/// Throws DeviceError if the image is none of this device.
[[nodiscard]] Handle<cl_program> load_program(Device& device, const KernelDefinition& kernel,
                                              std::span<const std::byte> image);

}  // namespace dotcompute::opencl
