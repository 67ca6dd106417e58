#pragma once

/// Where kernels are run or compiled, and what they are compared with.

#include <memory>
#include <string>
#include <vector>

#include <dotcompute/cuda/nvrtc.hpp>
#include <dotcompute/device/accelerator.hpp>
#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/kernel/definition.hpp>

#include "arguments.hpp"
#include "tree.hpp"

namespace fuzz {

/// A device under test. Its run throws what the device throws.
struct Device {
  std::string name;  ///< "x86-64-v3", "opencl:0"
  std::unique_ptr<dotcompute::Accelerator> accelerator;
};

/// Which devices are wanted.
struct DeviceChoice {
  bool cpu = true;
  bool opencl = true;
  bool cuda_compiler = true;
};

class Devices {
 public:
  /// Opens what there is; `absent` says what is missing.
  explicit Devices(const DeviceChoice& choice);

  [[nodiscard]] const std::vector<Device>& tested() const { return tested_; }
  [[nodiscard]] dotcompute::Accelerator& reference() const { return *reference_; }
  /// Null where there is none, or it is not wanted.
  [[nodiscard]] const dotcompute::cuda::Nvrtc* cuda_compiler() const { return nvrtc_.get(); }
  [[nodiscard]] const std::vector<std::string>& absent() const { return absent_; }

 private:
  std::unique_ptr<dotcompute::AcceleratorProvider> opencl_;
  std::unique_ptr<dotcompute::Accelerator> reference_;
  std::vector<Device> tested_;  ///< Destroyed before their provider.
  std::unique_ptr<dotcompute::cuda::Nvrtc> nvrtc_;
  std::vector<std::string> absent_;
};

/// Runs a kernel once; leaves in the arguments what it wrote. Throws what the device throws.
void run(dotcompute::Accelerator& device, const dotcompute::KernelDefinition& definition, const Kernel& kernel,
         Arguments& arguments);

/// What NVRTC has against the kernel's CUDA C; empty if nothing.
[[nodiscard]] std::string compile_cuda(const dotcompute::cuda::Nvrtc& nvrtc, const dotcompute_source& source);

}  // namespace fuzz
