#pragma once

/// The errors that the library throws, and what a caller can do about each.
///
///     ComputeError
///       CompilationError           a source does not compile, or no compiler can be reached
///       DeviceError                a device failed
///         OutOfMemoryError
///         DeviceNotAvailableError  a device that was asked for is not there
///       MemoryError                an allocation or a copy on the host failed
///       ExecutionError             a launch was refused or failed
///
/// What normally happens (a cache miss, a pool without room) is a return value, never one of these.

#include <stdexcept>
#include <string>
#include <utility>

#include <dotcompute/base/export.hpp>

namespace dotcompute {

/// What the caller can do.
enum class Remedy {
  fix_input,   ///< The request is wrong; the same request fails again.
  retry,       ///< The same request may succeed later.
  fall_back,   ///< The same request may succeed on another device.
  report_bug,  ///< The library is wrong.
};

/// Where an error happened; a field that does not apply is empty.
struct ErrorContext {
  std::string kernel;  ///< "demo::saxpy"
  std::string device;  ///< "cpu"
  std::string source;  ///< "saxpy.cpp:12"
  std::string cause;   ///< what a lower layer said: the compiler's diagnostics, a system error
};

/// The base of all errors of the library. `what()` is one sentence in lower case that gives the values and the fix.
class DOTCOMPUTE_API ComputeError : public std::runtime_error {
 public:
  ComputeError(Remedy remedy, const std::string& message, ErrorContext context = {})
      : std::runtime_error(message), remedy_(remedy), context_(std::move(context)) {}

  [[nodiscard]] Remedy remedy() const noexcept { return remedy_; }
  [[nodiscard]] const ErrorContext& context() const noexcept { return context_; }

 private:
  Remedy remedy_;
  ErrorContext context_;
};

class DOTCOMPUTE_API CompilationError : public ComputeError {
 public:
  using ComputeError::ComputeError;
};

class DOTCOMPUTE_API DeviceError : public ComputeError {
 public:
  using ComputeError::ComputeError;
};

class DOTCOMPUTE_API OutOfMemoryError : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

class DOTCOMPUTE_API DeviceNotAvailableError : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

class DOTCOMPUTE_API MemoryError : public ComputeError {
 public:
  using ComputeError::ComputeError;
};

class DOTCOMPUTE_API ExecutionError : public ComputeError {
 public:
  using ComputeError::ComputeError;
};

}  // namespace dotcompute
