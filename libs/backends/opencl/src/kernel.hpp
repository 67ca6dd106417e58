#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>

#include "device.hpp"
#include "kernel_instance.hpp"
#include "launch_shape.hpp"

namespace dotcompute::opencl {

/// How one launch is enqueued.
struct LaunchPlan {
  KernelProgram* program;
  cl_uint dimensions;
  dotcompute_grid grid;  ///< In whole groups, where the kernel uses them.
  bool driver_chooses_group;
  Sides group;
  GridSlices slices;
};

/// A kernel on one device: its program with narrow indices and, once a launch needed it, the one with wide indices.
class Kernel final : public DeviceKernel {
 public:
  /// `empty` is passed for spans without memory and outlives the kernel.
  Kernel(Device& device, const KernelDefinition& definition, Handle<cl_program> narrow, cl_mem empty);
  ~Kernel() override;

  /// Lives as long as the device.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Throws ExecutionError for a launch that the device cannot do, and what building the wide program throws.
  [[nodiscard]] LaunchPlan plan(const DeviceLaunch& asked) const;

 private:
  [[nodiscard]] LaunchPlan plan_with(KernelProgram& program, const DeviceLaunch& launch) const;
  [[nodiscard]] Sides asked_group(const KernelProgram& program, const DeviceLaunch& launch) const;
  void require_whole_groups(const DeviceLaunch& launch, const Sides& group) const;
  [[nodiscard]] KernelProgram& wide_program() const;
  [[nodiscard]] ErrorContext error_context() const;

  Device& device_;
  KernelDefinition definition_;
  const std::string& name_;
  bool raw_;
  cl_mem empty_;
  mutable KernelProgram narrow_;
  mutable std::mutex wide_mutex_;  // held while the wide program is built
  mutable std::atomic<KernelProgram*> wide_{nullptr};
};

/// An instance for one launch, given back at the end.
class BorrowedInstance {
 public:
  BorrowedInstance(KernelProgram& program, std::size_t place)
      : program_(program), place_(place), instance_(program.take(place)) {}
  BorrowedInstance(const BorrowedInstance&) = delete;
  BorrowedInstance& operator=(const BorrowedInstance&) = delete;
  ~BorrowedInstance() {
    instance_->release_temporaries();
    program_.give_back(std::move(instance_), place_);
  }

  [[nodiscard]] KernelInstance& operator*() const noexcept { return *instance_; }
  [[nodiscard]] KernelInstance* operator->() const noexcept { return instance_.get(); }

 private:
  KernelProgram& program_;
  std::size_t place_;
  std::unique_ptr<KernelInstance> instance_;
};

}  // namespace dotcompute::opencl
