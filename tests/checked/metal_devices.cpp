// The Metal texts of checked kernels, run on the host.

#include <utility>

#include <dotcompute/runtime/runtime_parts.hpp>

#include "devices.hpp"
#include "msl_on_host.hpp"

namespace checked {

namespace {

using dotcompute::Launcher;

dotcompute::RuntimeParts parts() {
  dotcompute::RuntimeParts result;
  result.accelerators.push_back(msl_on_host::make_accelerator());
  result.accelerators.push_back(msl_on_host::make_accelerator({.wide_indices = true}));
  return result;
}

}  // namespace

const Devices& devices() {
  static const Devices found = [] {
    if (const auto reason = msl_on_host::why_absent()) return Devices{{}, *reason};
    static dotcompute::detail::RuntimeCore core(parts());
    Devices result;
    for (const dotcompute::detail::Device* device : core.devices()) {
      const std::string id(device->id);
      result.all.push_back({id, Launcher(core).on(id)});
    }
    return result;
  }();
  return found;
}

}  // namespace checked
