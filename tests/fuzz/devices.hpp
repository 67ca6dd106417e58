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
  std::string name;  ///< "x86-64-v3", "opencl:0", "oclgrind", "msl-on-host"
  std::unique_ptr<dotcompute::Accelerator> accelerator;
  unsigned every = 1;        ///< It is given kernels whose seed is a multiple of that.
  bool has_threads = false;  ///< A driver's, which a child of this process would lack.
  std::string log{};         ///< A file to which the device writes what else is wrong with a kernel; empty if none.
};

/// Which devices are wanted.
struct DeviceChoice {
  bool cpu = true;
  unsigned opencl_every = 1;  ///< For kernels whose seed is a multiple of that; 0 for none.
  unsigned msl_every = 1;     ///< The same for Metal's texts on the host.
  std::string oclgrind{};     ///< The library of this simulator takes the OpenCL driver's place; empty for the driver.
  bool cuda_compiler = true;
};

class Devices {
 public:
  /// Opens what there is; `absent` says what is missing.
  explicit Devices(const DeviceChoice& choice);

  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;
  ~Devices();

  [[nodiscard]] const std::vector<Device>& tested() const { return tested_; }
  [[nodiscard]] dotcompute::Accelerator& reference() const { return *reference_; }
  /// Null where there is none, or it is not wanted.
  [[nodiscard]] const dotcompute::cuda::Nvrtc* cuda_compiler() const { return nvrtc_.get(); }
  [[nodiscard]] const std::vector<std::string>& absent() const { return absent_; }

 private:
  void add_cpus();
  void add_opencl(const DeviceChoice& choice);
  void add_msl(const DeviceChoice& choice);

  std::unique_ptr<dotcompute::AcceleratorProvider> opencl_;
  std::unique_ptr<dotcompute::Accelerator> reference_;
  std::vector<Device> tested_;  ///< Destroyed before their provider.
  std::unique_ptr<dotcompute::cuda::Nvrtc> nvrtc_;
  std::vector<std::string> absent_;
};

/// What stands in the device's log, which is empty afterwards.
[[nodiscard]] std::string take_log(const Device& device);

/// Runs a kernel once; leaves in the arguments what it wrote. Throws what the device throws.
void run(dotcompute::Accelerator& device, const dotcompute::KernelDefinition& definition, const Kernel& kernel,
         Arguments& arguments);

/// What NVRTC has against the kernel's CUDA C; empty if nothing.
[[nodiscard]] std::string compile_cuda(const dotcompute::cuda::Nvrtc& nvrtc, const dotcompute_source& source);

}  // namespace fuzz
