#pragma once

/// The code of one kernel, loaded into a device's context.

#include <cstdint>
#include <string>

#include <dotcompute/kernel/definition.hpp>

#include "cuda_device.hpp"
#include "image.hpp"

namespace dotcompute::cuda {

class CudaModule {
 public:
  /// The driver does not take the code. What that means depends on where the code is from.
  struct Rejected {
    bool is_entry_missing = false;
    std::string log;  ///< The driver's compiler's, or the name of the error.
  };

  /// Throws Rejected, DeviceError (also where the kernel needs more local memory than a group can have) and
  /// OutOfMemoryError.
  CudaModule(CudaDevice& device, const KernelDefinition& kernel, const Image& image);
  ~CudaModule();
  CudaModule(const CudaModule&) = delete;
  CudaModule& operator=(const CudaModule&) = delete;

  [[nodiscard]] FunctionHandle function() const noexcept { return function_; }
  /// More than that the kernel's registers do not allow.
  [[nodiscard]] std::uint64_t largest_group_items() const noexcept { return largest_group_items_; }
  /// With groups of so many items the kernel keeps most of the device busy.
  [[nodiscard]] std::uint64_t best_group_items() const noexcept { return best_group_items_; }

 private:
  /// Unloads, so that a constructor may throw after it.
  struct Handle {
    explicit Handle(CudaDevice& its_device) : device(its_device) {}
    ~Handle();
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    CudaDevice& device;
    ModuleHandle module = nullptr;
  };

  void load(const KernelDefinition& kernel, const Image& image);
  void measure(const KernelDefinition& kernel);

  CudaDevice& device_;
  Handle handle_;
  FunctionHandle function_ = nullptr;
  std::uint64_t largest_group_items_ = 0;
  std::uint64_t best_group_items_ = 0;
};

}  // namespace dotcompute::cuda
