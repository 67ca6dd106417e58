#include "pinned_memory.hpp"

#include <utility>

namespace dotcompute::opencl {

PinnedBuffer::PinnedBuffer(Device& device, Handle<cl_mem> buffer, std::uint64_t size_bytes)
    : device_(device), buffer_(std::move(buffer)) {
  if (size_bytes == 0) return;
  const Library& library = device.api();
  cl_int code = CL_SUCCESS;
  queue_ = Handle(library.clCreateCommandQueue(device.context(), device.id(), 0, &code), library.clReleaseCommandQueue);
  device.require(code, "clCreateCommandQueue", "allocating pinned memory");
  void* const mapped = library.clEnqueueMapBuffer(queue_.get(), buffer_.get(), CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0,
                                                  size_bytes, 0, nullptr, nullptr, &code);
  device.require(code, "clEnqueueMapBuffer", "allocating pinned memory");
  bytes_ = {static_cast<std::byte*>(mapped), size_bytes};
}

PinnedBuffer::~PinnedBuffer() {
  if (bytes_.empty()) return;
  // A failure leaves nothing to do: the device is gone, and the mapping with it.
  const Library& library = device_.api();
  static_cast<void>(library.clEnqueueUnmapMemObject(queue_.get(), buffer_.get(), bytes_.data(), 0, nullptr, nullptr));
  static_cast<void>(library.clFinish(queue_.get()));
}

}  // namespace dotcompute::opencl
