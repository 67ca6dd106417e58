#pragma once

/// What all parts of one OpenCL device share.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/accelerator.hpp>

#include "device_description.hpp"
#include "handle.hpp"
#include "library.hpp"
#include "opencl_headers.hpp"
#include "platform_context.hpp"

namespace dotcompute::opencl {

/// A device, the context that it shares with its platform's others, and whether it is lost. Outlives its memory,
/// kernels and streams. Thread-safe.
class Device {
 public:
  /// `platform` is shared by the platform's devices, and goes with the last of them.
  Device(const Library& library, cl_device_id id, DeviceDescription description,
         std::shared_ptr<PlatformContext> platform);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] const Library& api() const noexcept { return library_; }
  [[nodiscard]] cl_device_id id() const noexcept { return id_; }
  [[nodiscard]] const AcceleratorInfo& info() const noexcept { return description_.info; }
  [[nodiscard]] const DeviceTraits& traits() const noexcept { return description_.traits; }

  /// The device in messages: "opencl:0 (AMD EPYC, Portable Computing Language)".
  [[nodiscard]] std::string label() const;

  /// Made when it is first asked for. Throws DeviceError.
  [[nodiscard]] cl_context context();

  /// Whether this device and the other, which is not itself, have one context. Makes it.
  [[nodiscard]] bool shares_context_with(const Device& other) const noexcept {
    return platform_ == other.platform_ && platform_->shared(library_) != nullptr;
  }

  /// A copy of the name that lives as long as the device.
  [[nodiscard]] const std::string& keep_name(std::string_view name);

  /// Throws DeviceError if the device is lost.
  void require_present() const {
    if (lost_.load(std::memory_order_relaxed)) throw_lost();
  }
  /// Why the device is lost, if it is.
  [[nodiscard]] std::optional<std::string> loss() const;

  /// The error for a call of the driver that failed; the device becomes lost if the code says so. `doing` completes the
  /// sentence: "building kernel 'saxpy'".
  [[nodiscard]] std::exception_ptr failure(const char* call, cl_int code, std::string_view doing,
                                           std::string_view kernel = {});
  /// The same for a command that failed after it was queued. There CL_OUT_OF_RESOURCES, CL_INVALID_COMMAND_QUEUE and
  /// CL_INVALID_CONTEXT say that the device is lost, too: drivers of GPUs answer so once a kernel has crashed, and the
  /// context is of no use from then on.
  [[nodiscard]] std::exception_ptr command_failure(const char* call, cl_int code, std::string_view doing,
                                                   std::string_view kernel = {});
  /// Throws `failure` unless the code is CL_SUCCESS.
  void require(cl_int code, const char* call, std::string_view doing, std::string_view kernel = {}) {
    if (code != CL_SUCCESS) std::rethrow_exception(failure(call, code, doing, kernel));
  }

 private:
  [[noreturn]] void throw_lost() const;
  void lose(const char* call, cl_int code, std::string_view doing);
  [[nodiscard]] ErrorContext error_context(std::string_view kernel) const;

  const Library& library_;
  cl_device_id id_;
  DeviceDescription description_;
  std::shared_ptr<PlatformContext> platform_;
  std::atomic<bool> lost_{false};
  mutable std::mutex mutex_;        // guards what follows
  Handle<cl_context> own_context_;  ///< Where the platform's devices share none.
  std::set<std::string, std::less<>> names_;
  std::string loss_;
};

}  // namespace dotcompute::opencl
