#include "cuda_device.hpp"

#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "error_class.hpp"

namespace dotcompute::cuda {

namespace {

ErrorContext context_of(std::string_view kernel, const std::string& device, std::string cause) {
  ErrorContext context;
  context.kernel = kernel;
  context.device = device;
  context.cause = std::move(cause);
  return context;
}

/// " for 'demo::saxpy'"
std::string purpose(std::string_view kernel) {
  return kernel.empty() ? std::string() : fmt::format(" for '{}'", kernel);
}

/// What led to a loss, and what helps.
const char* explanation(Result result) {
  switch (result) {
    case Result::illegal_address:
    case Result::misaligned_address:
    case Result::invalid_address_space:
    case Result::invalid_pc:
    case Result::illegal_instruction:
    case Result::hardware_stack_error:
    case Result::launch_failed:
    case Result::assertion:
      return "a kernel failed, and the driver refuses further work of this process; find the fault by running the "
             "kernel on 'reference', use another device, or start the program again";
    case Result::launch_timeout:
      return "a kernel ran for longer than the display's watchdog allows; launch it over smaller grids, use another "
             "device, or start the program again";
    case Result::not_initialized:
      return "the process was forked after it used the device, which CUDA does not survive; use another device, or "
             "fork before the first use";
    case Result::deinitialized: return "the program is ending and the driver has gone; end all work before";
    case Result::invalid_context:
    case Result::context_is_destroyed:
      return "its context was destroyed, as cudaDeviceReset() does; do not reset a device that is in use";
    default:
      return "use another device, or start the program again; see nvidia-smi and the system's log for the device";
  }
}

}  // namespace

CudaDevice::CudaDevice(std::shared_ptr<const Driver> driver, std::shared_ptr<const RuntimeCompiler> compiler,
                       DeviceDescription description)
    : driver_(std::move(driver)), compiler_(std::move(compiler)), description_(std::move(description)) {}

CudaDevice::~CudaDevice() {
  if (context_.load(std::memory_order_acquire) != nullptr) driver_->cuDevicePrimaryCtxRelease(description_.handle);
}

ContextHandle CudaDevice::context() {
  if (const ContextHandle retained = context_.load(std::memory_order_acquire)) return retained;
  const std::lock_guard lock(mutex_);
  ContextHandle context = context_.load(std::memory_order_relaxed);
  if (context != nullptr) return context;
  const Result result = driver_->cuDevicePrimaryCtxRetain(&context, description_.handle);
  if (result == Result::success) {
    context_.store(context, std::memory_order_release);
    return context;
  }
  const std::string said = fmt::format("cuDevicePrimaryCtxRetain gave {}", driver_->describe(result));
  if (classify(result) == ErrorClass::memory) {
    throw OutOfMemoryError(Remedy::fall_back,
                           fmt::format("'{}' has no memory left for a context of this process: {}; end other programs "
                                       "that use it, or use another device",
                                       info().id, said),
                           context_of({}, info().id, said));
  }
  throw DeviceNotAvailableError(
      Remedy::fall_back,
      fmt::format("'{}' cannot be used now: {}; end other programs that use it alone, or use another device", info().id,
                  said),
      context_of({}, info().id, said));
}

bool CudaDevice::reaches(CudaDevice& other) noexcept {
  if (&other == this || is_lost() || other.is_lost()) return false;
  const std::lock_guard lock(peers_mutex_);
  try {
    const auto [place, is_new] = reaches_.try_emplace(other.description_.handle, false);
    if (is_new) place->second = allow_access_to(other);
    return place->second;
  } catch (const std::exception&) {
    // A device without a context cannot be reached, and says why to those who use it.
    return false;
  }
}

bool CudaDevice::allow_access_to(CudaDevice& other) {
  int can = 0;
  const Result asked = driver_->cuDeviceCanAccessPeer(&can, description_.handle, other.description_.handle);
  if (asked != Result::success || can == 0) return false;
  const ContextHandle peer = other.context();
  const CurrentContext current(*this);
  const Result allowed = driver_->cuCtxEnablePeerAccess(peer, 0);
  note(allowed, "cuCtxEnablePeerAccess", {});
  // The program's own code may have done so before.
  return allowed == Result::success || allowed == Result::peer_access_already_enabled;
}

std::optional<std::string> CudaDevice::loss() const {
  if (!is_lost()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return loss_;
}

void CudaDevice::throw_lost(std::string_view kernel) const {
  const std::string reason = loss().value_or(std::string());
  throw DeviceError(Remedy::fall_back, reason, context_of(kernel, info().id, reason));
}

void CudaDevice::note(Result result, const char* call, std::string_view kernel) noexcept {
  if (classify(result) != ErrorClass::lost) return;
  const std::lock_guard lock(mutex_);
  if (is_lost_.load(std::memory_order_relaxed)) return;
  loss_ = fmt::format("'{}' ({}) is lost: {}{} gave {}: {}", info().id, info().name, call, purpose(kernel),
                      driver_->describe(result), explanation(result));
  is_lost_.store(true, std::memory_order_release);
}

void CudaDevice::fail(Result result, const char* call, std::string_view kernel) {
  const std::string said = fmt::format("{} gave {}", call, driver_->describe(result));
  ErrorContext context = context_of(kernel, info().id, said);
  switch (classify(result)) {
    case ErrorClass::lost: note(result, call, kernel); throw_lost(kernel);
    case ErrorClass::memory:
      throw OutOfMemoryError(Remedy::fall_back,
                             fmt::format("'{}' is out of memory{}: {}; free buffers, or use another device", info().id,
                                         purpose(kernel), said),
                             std::move(context));
    case ErrorClass::resources:
      throw DeviceError(
          Remedy::fix_input,
          fmt::format("'{}' lacks the resources{}: {}; use smaller groups", info().id, purpose(kernel), said),
          std::move(context));
    case ErrorClass::transient:
      throw DeviceError(Remedy::retry,
                        fmt::format("'{}' is not ready{}: {}; try again", info().id, purpose(kernel), said),
                        std::move(context));
    case ErrorClass::code:
      throw DeviceError(Remedy::fall_back,
                        fmt::format("'{}' does not take the code{}: {}; build it again, or use another device",
                                    info().id, purpose(kernel), said),
                        std::move(context));
    case ErrorClass::none:
    case ErrorClass::request: break;
  }
  throw DeviceError(Remedy::report_bug,
                    fmt::format("'{}' refused a call{}: {}; please report this", info().id, purpose(kernel), said),
                    std::move(context));
}

const std::string& CudaDevice::keep_name(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return *names_.emplace(name).first;
}

CurrentContext::CurrentContext(CudaDevice& device, std::string_view kernel) : driver_(device.driver()) {
  const ContextHandle wanted = device.context();
  ContextHandle current = nullptr;
  device.check(driver_.cuCtxGetCurrent(&current), "cuCtxGetCurrent", kernel);
  if (current == wanted) return;
  device.check(driver_.cuCtxPushCurrent(wanted), "cuCtxPushCurrent", kernel);
  is_pushed_ = true;
}

CurrentContext::~CurrentContext() {
  ContextHandle ours = nullptr;
  if (is_pushed_) driver_.cuCtxPopCurrent(&ours);
}

}  // namespace dotcompute::cuda
