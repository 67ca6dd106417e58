#pragma once

/// The devices that are measured.

#include <memory>
#include <string>
#include <vector>

#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/device/host_accelerator.hpp>

namespace accuracy {

/// What is found on this machine.
class Devices {
 public:
  Devices();
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;

  [[nodiscard]] dotcompute::Accelerator& reference() const { return *reference_; }
  /// Those that give the reference's bits: the CPU with each of its instruction sets.
  [[nodiscard]] const std::vector<std::unique_ptr<dotcompute::Accelerator>>& equal() const { return equal_; }
  /// Null where there is none.
  [[nodiscard]] dotcompute::Accelerator* opencl() const { return opencl_.get(); }
  /// What is not there, and why.
  [[nodiscard]] const std::vector<std::string>& absent() const { return absent_; }

 private:
  std::unique_ptr<dotcompute::AcceleratorProvider> opencl_provider_;
  std::unique_ptr<dotcompute::Accelerator> reference_;
  std::vector<std::unique_ptr<dotcompute::Accelerator>> equal_;
  std::unique_ptr<dotcompute::Accelerator> opencl_;
  std::vector<std::string> absent_;
};

}  // namespace accuracy
