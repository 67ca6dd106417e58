#include "device.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "error_name.hpp"

namespace dotcompute::opencl {

namespace {

bool says_context_is_dead(cl_int code) {
  return code == CL_OUT_OF_RESOURCES || code == CL_INVALID_COMMAND_QUEUE || code == CL_INVALID_CONTEXT || code == -9999;
}

}  // namespace

Device::Device(const Library& library, cl_device_id id, DeviceDescription description,
               std::shared_ptr<PlatformContext> platform)
    : library_(library), id_(id), description_(std::move(description)), platform_(std::move(platform)) {}

std::string Device::label() const { return fmt::format("{} ({})", info().id, info().name); }

cl_context Device::context() {
  require_present();
  if (const cl_context shared = platform_->shared(library_)) return shared;
  const std::lock_guard lock(mutex_);
  if (!own_context_) {
    cl_int code = CL_SUCCESS;
    own_context_ =
        Handle(library_.clCreateContext(nullptr, 1, &id_, nullptr, nullptr, &code), library_.clReleaseContext);
    if (code != CL_SUCCESS) {
      throw DeviceError(
          Remedy::fall_back,
          fmt::format("{} cannot be used: clCreateContext gave {}; see whether other programs can use it, or run on "
                      "another device",
                      label(), error_name(code)),
          error_context({}));
    }
  }
  return own_context_.get();
}

const std::string& Device::keep_name(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return *names_.emplace(name).first;
}

std::optional<std::string> Device::loss() const {
  if (!lost_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return loss_;
}

void Device::throw_lost() const { throw DeviceError(Remedy::fall_back, *loss(), error_context({})); }

void Device::lose(const char* call, cl_int code, std::string_view doing) {
  const std::lock_guard lock(mutex_);
  if (!loss_.empty()) return;
  loss_ = fmt::format(
      "{} is lost: {} gave {} while {}; what its memory held is gone; run on another device, or start the program "
      "again",
      label(), call, error_name(code), doing);
  lost_.store(true, std::memory_order_release);
}

ErrorContext Device::error_context(std::string_view kernel) const {
  ErrorContext context;
  context.kernel = kernel;
  context.device = info().id;
  return context;
}

std::exception_ptr Device::failure(const char* call, cl_int code, std::string_view doing, std::string_view kernel) {
  if (code == CL_DEVICE_NOT_AVAILABLE) lose(call, code, doing);
  ErrorContext context = error_context(kernel);
  context.cause = fmt::format("{}: {}", call, error_name(code));
  if (const std::optional<std::string> reason = loss()) {
    return std::make_exception_ptr(DeviceError(Remedy::fall_back, *reason, std::move(context)));
  }
  if (is_shortage(code)) {
    return std::make_exception_ptr(OutOfMemoryError(
        Remedy::retry,
        fmt::format("{} has no room left: {} gave {} while {}; give buffers on it back, or run on another device",
                    label(), call, error_name(code), doing),
        std::move(context)));
  }
  return std::make_exception_ptr(DeviceError(
      Remedy::fall_back,
      fmt::format("{} failed: {} gave {} while {}; run on another device", label(), call, error_name(code), doing),
      std::move(context)));
}

std::exception_ptr Device::command_failure(const char* call, cl_int code, std::string_view doing,
                                           std::string_view kernel) {
  if (says_context_is_dead(code)) lose(call, code, doing);
  return failure(call, code, doing, kernel);
}

}  // namespace dotcompute::opencl
