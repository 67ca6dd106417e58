#include "devices.hpp"

#include <cstdio>

namespace benchmark {

std::optional<dotcompute::Launcher> opencl_device(const dotcompute::Runtime& runtime, const std::string& suite) {
  try {
    return runtime.on("opencl:0");
  } catch (const dotcompute::DeviceNotAvailableError& error) {
    std::fprintf(stderr, "%s: no subject pocl: %s\n", suite.c_str(), error.what());
    return std::nullopt;
  }
}

}  // namespace benchmark
