#pragma once

/// The driver's kernel objects. One holds arguments, so two launches at a time need two.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>

#include "device.hpp"
#include "handle.hpp"
#include "launch_shape.hpp"
#include "program.hpp"

namespace dotcompute::opencl {

/// A cl_kernel and the arguments it was given last, so that only what changed is set again. One caller at a time.
class KernelInstance {
 public:
  /// `empty` is passed for spans without memory.
  KernelInstance(Device& device, KernelDefinition definition, Handle<cl_kernel> kernel, IndexWidth width, cl_mem empty);

  [[nodiscard]] cl_kernel kernel() const noexcept { return kernel_.get(); }

  /// Sets all arguments but the first index. Throws ExecutionError and DeviceError.
  void set_arguments(const DeviceLaunch& launch);
  /// Sets the first index of a slice; nothing for a raw kernel.
  void set_first(const Sides& first);
  /// Lets go of what a launch needed until it was queued.
  void release_temporaries() noexcept { sub_buffers_.clear(); }

  /// How many arguments a kernel's function takes.
  [[nodiscard]] static std::size_t argument_count(const KernelDefinition& definition);

 private:
  void set(cl_uint index, std::size_t size, const void* value, const dotcompute_parameter* parameter);
  void set_number(cl_uint index, std::uint64_t value);
  void set_value(cl_uint index, const dotcompute_parameter& parameter, const std::byte* arguments);
  void set_buffer(cl_uint index, cl_mem buffer, const dotcompute_parameter& parameter);
  void set_memory(cl_uint index, const dotcompute_parameter& parameter, const DeviceSpan& span);
  [[nodiscard]] cl_mem sub_buffer(const dotcompute_parameter& parameter, const DeviceSpan& span);

  Device& device_;
  KernelDefinition definition_;
  Handle<cl_kernel> kernel_;
  IndexWidth width_;
  bool raw_;
  cl_mem empty_;
  /// Per argument: what was set last, if anything was: a number itself, a buffer's serial.
  std::vector<std::optional<std::uint64_t>> known_;
  std::vector<std::byte> values_;  ///< The argument block that values were set from.
  std::vector<Handle<cl_mem>> sub_buffers_;
};

/// A program and its idle instances. Thread-safe, without locks.
class KernelProgram {
 public:
  /// Throws CompilationError if a raw source and its declaration differ, and DeviceError.
  KernelProgram(Device& device, const KernelDefinition& definition, Handle<cl_program> program, IndexWidth width,
                cl_mem empty);
  KernelProgram(const KernelProgram&) = delete;
  KernelProgram& operator=(const KernelProgram&) = delete;
  ~KernelProgram();

  [[nodiscard]] const GroupLimits& limits() const noexcept { return limits_; }

  /// An idle instance, or a new one. `place` says where to look first; streams that differ in it do not meet.
  [[nodiscard]] std::unique_ptr<KernelInstance> take(std::size_t place);
  void give_back(std::unique_ptr<KernelInstance> instance, std::size_t place) noexcept;

 private:
  static constexpr std::size_t idle_count = 16;
  struct alignas(64) Idle {
    std::atomic<KernelInstance*> instance{nullptr};
  };

  [[nodiscard]] std::unique_ptr<KernelInstance> create();
  void ask_limits(cl_kernel kernel);
  void require_local_memory(cl_kernel kernel);
  void require_argument_count(cl_kernel kernel);

  Device& device_;
  KernelDefinition definition_;
  Handle<cl_program> program_;
  IndexWidth width_;
  cl_mem empty_;
  GroupLimits limits_;
  std::array<Idle, idle_count> idle_;
};

}  // namespace dotcompute::opencl
