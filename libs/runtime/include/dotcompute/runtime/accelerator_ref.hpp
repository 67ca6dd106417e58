#pragma once

/// How a caller names a device.

#include <string>
#include <string_view>

#include <dotcompute/device/accelerator.hpp>

namespace dotcompute {

/// A device by its id ("cpu", "opencl:0") or by handle. A parameter type: it borrows what it was made from.
class AcceleratorRef {
 public:
  AcceleratorRef(std::string_view id) noexcept : id_(id) {}
  AcceleratorRef(const char* id) noexcept : id_(id) {}
  AcceleratorRef(const std::string& id) noexcept : id_(id) {}
  AcceleratorRef(const AcceleratorInfo& info) noexcept : id_(info.id) {}
  AcceleratorRef(const Accelerator& accelerator) noexcept : id_(accelerator.info().id), accelerator_(&accelerator) {}

  [[nodiscard]] std::string_view id() const noexcept { return id_; }
  /// Null unless made from a handle.
  [[nodiscard]] const Accelerator* accelerator() const noexcept { return accelerator_; }

 private:
  std::string_view id_;
  const Accelerator* accelerator_ = nullptr;
};

}  // namespace dotcompute
