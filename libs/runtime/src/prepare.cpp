#include "prepare.hpp"

#include <string>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "image_memory.hpp"

namespace dotcompute::detail {

namespace {

/// The ids of the runtime's devices that take the kernel, comma-separated.
std::string devices_that_take(const KernelDefinition& kernel, const RuntimeCore& runtime) {
  std::string ids;
  for (const Device* device : runtime.devices()) {
    if (device->accelerator->refusal(kernel)) continue;
    if (!ids.empty()) ids += ", ";
    ids += device->id;
  }
  return ids;
}

}  // namespace

PreparedCode prepare_code(const KernelDefinition& kernel, const Device& device, const RuntimeCore& runtime) {
  if (const auto refusal = device.accelerator->refusal(kernel)) {
    const std::string takers = devices_that_take(kernel, runtime);
    throw DeviceError(takers.empty() ? Remedy::fix_input : Remedy::fall_back,
                      fmt::format("{} cannot run the kernel {}: {}; {}", device.id, kernel.name(), *refusal,
                                  takers.empty() ? std::string("no device of this runtime can: build the kernel with a "
                                                               "kernelc of this version")
                                                 : fmt::format("use .on(...) with one that can: {}", takers)),
                      {.kernel = std::string(kernel.name()),
                       .device = std::string(device.id),
                       .source = fmt::format("{}:{}", kernel.source_file(), kernel.source_line()),
                       .cause = *refusal});
  }
  if (device.host != nullptr) return {device.host->load(kernel), nullptr};
  device.session->check_process();
  return {nullptr, device.device->load(kernel, *image_for(kernel, *device.device))};
}

}  // namespace dotcompute::detail
