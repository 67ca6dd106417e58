#pragma once

/// The OpenCL loader, opened at run time.

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "opencl_headers.hpp"

/// Every function of OpenCL that this backend calls.
// clang-format off
#define DOTCOMPUTE_OPENCL_FUNCTIONS(apply)                                                                    \
  apply(clBuildProgram) apply(clCreateBuffer) apply(clCreateCommandQueue) apply(clCreateContext)              \
  apply(clCreateKernel) apply(clCreateProgramWithBinary) apply(clCreateProgramWithSource)                     \
  apply(clCreateSubBuffer) apply(clEnqueueBarrierWithWaitList) apply(clEnqueueCopyBuffer)                     \
  apply(clEnqueueMapBuffer) apply(clEnqueueNDRangeKernel) apply(clEnqueueReadBuffer)                          \
  apply(clEnqueueUnmapMemObject) apply(clEnqueueWriteBuffer) apply(clFinish) apply(clFlush)                   \
  apply(clGetDeviceIDs) apply(clGetDeviceInfo) apply(clGetEventInfo) apply(clGetKernelInfo)                   \
  apply(clGetKernelWorkGroupInfo) apply(clGetMemObjectInfo) apply(clGetPlatformIDs) apply(clGetPlatformInfo)  \
  apply(clGetProgramBuildInfo) apply(clGetProgramInfo) apply(clReleaseCommandQueue) apply(clReleaseContext)   \
  apply(clReleaseEvent) apply(clReleaseKernel) apply(clReleaseMemObject) apply(clReleaseProgram)              \
  apply(clRetainEvent) apply(clRetainMemObject) apply(clSetKernelArg) apply(clWaitForEvents)
// clang-format on

namespace dotcompute::opencl {

/// A function of a loader, called as such.
template <class Function>
class DriverCall;

template <class Result, class... Arguments>
class DriverCall<Result(CL_API_CALL*)(Arguments...)> {
 public:
  using Function = Result(CL_API_CALL*)(Arguments...);

  Result operator()(Arguments... arguments) const {
    if (turn_ == nullptr) return function_(arguments...);
    const std::lock_guard lock(*turn_);
    return function_(arguments...);
  }

  void set(Function function) noexcept { function_ = function; }
  void take_turns(std::mutex& turn) noexcept { turn_ = &turn; }

 private:
  Function function_ = nullptr;
  std::mutex* turn_ = nullptr;
};

/// The functions of a loader, under their own names. The functions are valid until the process ends.
struct Library {
  // NOLINTBEGIN(readability-identifier-naming, bugprone-macro-parentheses): the names are the vendor's
#define DOTCOMPUTE_OPENCL_MEMBER(function) DriverCall<decltype(&::function)> function;
  DOTCOMPUTE_OPENCL_FUNCTIONS(DOTCOMPUTE_OPENCL_MEMBER)
#undef DOTCOMPUTE_OPENCL_MEMBER
  // NOLINTEND(readability-identifier-naming, bugprone-macro-parentheses)

  /// For drivers that several threads must not be in at once, which OpenCL allows: calls take turns. `turn` outlives
  /// all calls.
  void take_turns(std::mutex& turn) noexcept;
};

/// What came of opening a loader.
struct OpenedLibrary {
  std::optional<Library> api;
  std::string path;   ///< What was opened.
  std::string tried;  ///< Where there is no library: each path with the reason why not.
};

/// Where loaders usually are; DOTCOMPUTE_OPENCL_LIBRARY in the environment replaces the list.
[[nodiscard]] std::vector<std::string> usual_loader_paths();

/// Opens the first loader of `paths` that has every function.
[[nodiscard]] OpenedLibrary open_library(const std::vector<std::string>& paths);

}  // namespace dotcompute::opencl
