#pragma once

/// From a kernel's text to an image.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

#include "cuda_device.hpp"
#include "image.hpp"

namespace dotcompute::cuda {

/// The text of a kernel that a device can take, or why there is none.
struct ChosenSource {
  const dotcompute_source* source = nullptr;
  std::string refusal;
};

/// CUDA C where NVRTC is there to compile it, else PTX.
[[nodiscard]] ChosenSource choose_source(const CudaDevice& device, const KernelDefinition& kernel);

/// The convention that an image of the source follows at first: a text of kernelc's is compiled for narrow numbers, and
/// for wide ones when a launch needs them.
[[nodiscard]] Convention first_convention(const dotcompute_source& source);

/// Throws CompilationError with the compiler's log, and DeviceError. `source` is one that `choose_source` gave.
[[nodiscard]] std::vector<std::byte> build_image(CudaDevice& device, const KernelDefinition& kernel,
                                                 const dotcompute_source& source, Convention convention);

}  // namespace dotcompute::cuda
