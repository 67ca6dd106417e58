#pragma once

/// The devices on which faults are looked at. Each program of tests links one source that makes them.

#include <string>
#include <vector>

#include <dotcompute/runtime/launcher.hpp>

namespace checked {

struct Device {
  std::string id;
  dotcompute::Launcher on;
};

struct Devices {
  std::vector<Device> all;
  std::string reason;  ///< Why there is none.
};

/// They live as long as the program.
[[nodiscard]] const Devices& devices();

}  // namespace checked
