#pragma once

/// Finds the devices of one backend.

#include <memory>
#include <string_view>
#include <vector>

#include <dotcompute/device/accelerator.hpp>

namespace dotcompute {

struct FoundAccelerators {
  std::vector<std::unique_ptr<Accelerator>> accelerators;
  std::vector<AbsentAccelerator> absent;  ///< At least one where there is no accelerator.
};

/// Nothing of the backend's driver is opened before `find` is called. Destroyed after the accelerators it found.
class AcceleratorProvider {
 public:
  virtual ~AcceleratorProvider() = default;

  /// What its accelerators' ids begin with: "opencl".
  [[nodiscard]] virtual std::string_view backend() const noexcept = 0;

  /// Never throws for what a machine may lack: a missing or broken driver or device is absent, with the reason. Called
  /// once.
  [[nodiscard]] virtual FoundAccelerators find() = 0;
};

}  // namespace dotcompute
