#pragma once

/// The OpenCL devices of the machine, of every platform. Nothing of OpenCL is needed to build or to start a program:
/// the loader (libOpenCL) is opened when devices are looked for.

#include <memory>
#include <string>
#include <vector>

#include <dotcompute/device/accelerator_provider.hpp>

namespace dotcompute {

struct OpenClOptions {
  /// Names and paths of the loader, tried in this order; the first that opens and has the functions of OpenCL 1.2 is
  /// used. Empty means the environment variable DOTCOMPUTE_OPENCL_LIBRARY if it is set, else the usual names and
  /// places.
  std::vector<std::string> loader_paths = {};
  /// Queues that may reorder, with every operation made to wait for the one before it. Results are the same; for
  /// drivers whose in-order queues are slower. A device without such queues gets in-order ones.
  bool out_of_order = false;
};

/// The provider "opencl". Its accelerators are DeviceAccelerators with the ids "opencl:0", "opencl:1" ... in the order
/// in which the loader lists platforms and their devices; a device that cannot be used keeps its number and is absent.
/// The loader and the drivers stay loaded until the process ends, as drivers have threads of their own.
[[nodiscard]] std::unique_ptr<AcceleratorProvider> make_opencl_provider(const OpenClOptions& options = {});

}  // namespace dotcompute
