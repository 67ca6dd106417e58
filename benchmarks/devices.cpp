#include "devices.hpp"

#include <cstdio>

namespace benchmark {

std::optional<dotcompute::Launcher> pocl_device(const dotcompute::Runtime& runtime, const std::string& suite) {
  std::string reason = "no OpenCL device is PoCL's";
  for (const dotcompute::AcceleratorStatus& device : runtime.accelerators()) {
    if (!device.info.id.starts_with("opencl")) continue;
    if (!device.available) {
      reason = device.reason;
    } else if (device.info.name.find("Portable Computing Language") != std::string::npos) {
      return runtime.on(device.info);
    }
  }
  std::fprintf(stderr, "%s: no subject pocl: %s\n", suite.c_str(), reason.c_str());
  return std::nullopt;
}

}  // namespace benchmark
