#pragma once

/// A device as its memory, kernels and streams share it: the driver, the context, and whether it is lost.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <dotcompute/cuda/nvrtc.hpp>

#include "device_description.hpp"
#include "driver.hpp"

namespace dotcompute::cuda {

/// NVRTC, or why there is none. Shared by the devices of a provider.
struct RuntimeCompiler {
  std::unique_ptr<const Nvrtc> nvrtc;
  std::string reason;
};

class CudaDevice {
 public:
  CudaDevice(std::shared_ptr<const Driver> driver, std::shared_ptr<const RuntimeCompiler> compiler,
             DeviceDescription description);
  /// Gives the context back.
  ~CudaDevice();
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  [[nodiscard]] const Driver& driver() const noexcept { return *driver_; }
  [[nodiscard]] const RuntimeCompiler& compiler() const noexcept { return *compiler_; }
  [[nodiscard]] const DeviceDescription& description() const noexcept { return description_; }
  [[nodiscard]] const AcceleratorInfo& info() const noexcept { return description_.info; }

  /// The primary context, retained when it is first asked for. Throws DeviceNotAvailableError or OutOfMemoryError.
  [[nodiscard]] ContextHandle context();

  /// Whether this device reaches the other's memory; has the driver allow it when it is first asked. The contexts of
  /// both are retained for that.
  [[nodiscard]] bool reaches(CudaDevice& other) noexcept;

  /// Throws DeviceError if the device is lost.
  void require_working(std::string_view kernel = {}) const {
    if (is_lost_.load(std::memory_order_acquire)) throw_lost(kernel);
  }
  [[nodiscard]] bool is_lost() const noexcept { return is_lost_.load(std::memory_order_acquire); }
  [[nodiscard]] std::optional<std::string> loss() const;

  /// Throws what a call's result means unless that is success. `call` is the function's name, `kernel` what it was for.
  void check(Result result, const char* call, std::string_view kernel = {}) {
    if (result != Result::success) fail(result, call, kernel);
  }
  [[noreturn]] void fail(Result result, const char* call, std::string_view kernel);
  /// If the result is sticky, the device is lost from now on. For callers that may not throw.
  void note(Result result, const char* call, std::string_view kernel) noexcept;

  /// A copy of the name that lives as long as the device.
  [[nodiscard]] const std::string& keep_name(std::string_view name);

 private:
  [[noreturn]] void throw_lost(std::string_view kernel) const;

  const std::shared_ptr<const Driver> driver_;
  const std::shared_ptr<const RuntimeCompiler> compiler_;
  const DeviceDescription description_;

  mutable std::mutex mutex_;  // For all below.
  std::atomic<ContextHandle> context_{nullptr};
  std::atomic<bool> is_lost_{false};
  std::string loss_;
  std::set<std::string, std::less<>> names_;
  std::mutex peers_mutex_;
  std::map<DeviceHandle, bool> reaches_;  ///< The devices that were asked about; guarded by its mutex.

  [[nodiscard]] bool allow_access_to(CudaDevice& other);
};

/// Makes the device's context current for the calling thread, and at its end what was current before. The program's own
/// CUDA code may have changed that since the last call, so it is asked for each time; it costs some 10 ns, and as much
/// again to switch, which happens only where another context is current.
class CurrentContext {
 public:
  /// Throws as CudaDevice::context does.
  explicit CurrentContext(CudaDevice& device, std::string_view kernel = {});
  ~CurrentContext();
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;

 private:
  const Driver& driver_;
  bool is_pushed_ = false;
};

}  // namespace dotcompute::cuda
