#pragma once

/// NVIDIA's devices, through the CUDA driver that is found at run time: neither an SDK nor its headers are needed.

#include <memory>
#include <string>
#include <vector>

#include <dotcompute/device/accelerator_provider.hpp>

namespace dotcompute {

/// Where to look. Paths are tried in order; without any, what DOTCOMPUTE_CUDA_LIBRARY and DOTCOMPUTE_NVRTC_LIBRARY name
/// in the environment, else the usual names and places.
struct CudaOptions {
  std::vector<std::string> driver_paths = {};
  std::vector<std::string> nvrtc_paths = {};
};

/// Its accelerators are DeviceAccelerators, "cuda:0" and so on in the driver's order. They, and all that they made, may
/// outlive the provider.
///
/// - Host memory is pageable: a read returns when the data has arrived, a write when the driver has taken the data.
/// - A device runs in its primary context, which the CUDA runtime shares. The calling thread's current context is the
///   same after every call as before.
/// - After a fault in a kernel the driver refuses all further work on the device: it is lost for this process.
/// - The child of a fork() cannot use a device that its parent used.
[[nodiscard]] std::unique_ptr<AcceleratorProvider> make_cuda_provider(const CudaOptions& options = {});

}  // namespace dotcompute
