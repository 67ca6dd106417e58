#include "platform_context.hpp"

namespace dotcompute::opencl {

cl_context PlatformContext::shared(const Library& library) noexcept {
  const std::lock_guard lock(mutex_);
  if (!was_tried_ && devices_.size() > 1) {
    cl_int code = CL_SUCCESS;
    Handle made(library.clCreateContext(nullptr, static_cast<cl_uint>(devices_.size()), devices_.data(), nullptr,
                                        nullptr, &code),
                library.clReleaseContext);
    if (code == CL_SUCCESS) context_ = std::move(made);
  }
  was_tried_ = true;
  return context_.get();
}

}  // namespace dotcompute::opencl
