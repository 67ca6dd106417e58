// All that a Runtime finds on this machine but the reference, which is not checked.

#include <dotcompute/dotcompute.hpp>

#include "devices.hpp"

namespace checked {

const Devices& devices() {
  static dotcompute::Runtime runtime = dotcompute::Runtime::create();
  static const Devices found = [] {
    Devices result;
    for (const dotcompute::AcceleratorStatus& status : runtime.accelerators()) {
      if (!status.available || status.info.backend == "reference") continue;
      result.all.push_back({status.info.id, runtime.on(status.info.id)});
    }
    return result;
  }();
  return found;
}

}  // namespace checked
