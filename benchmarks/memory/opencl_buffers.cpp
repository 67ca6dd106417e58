#include "opencl_buffers.hpp"

#include <cstdio>
#include <cstdlib>

#include "opencl_functions.hpp"

namespace memory {

namespace {

using opencl_peer::Functions;

/// Lives as long as the program, as its context does.
class Buffers final : public OpenClBuffers {
 public:
  Buffers(const Functions& cl, cl_context context) : cl_(cl), context_(context) {}

  void* take(std::size_t size_bytes) override {
    cl_int status = CL_SUCCESS;
    const cl_mem buffer = cl_.clCreateBuffer(context_, CL_MEM_READ_WRITE, size_bytes, nullptr, &status);
    if (status != CL_SUCCESS) {
      std::fprintf(stderr, "memory: clCreateBuffer failed with status %d\n", status);
      std::exit(1);
    }
    return buffer;
  }
  void give_back(void* buffer) override { cl_.clReleaseMemObject(static_cast<cl_mem>(buffer)); }

 private:
  Functions cl_;
  cl_context context_;
};

}  // namespace

std::unique_ptr<OpenClBuffers> OpenClBuffers::create(std::string& problem) {
  Functions cl;
  const cl_device_id device = opencl_peer::find_device(cl, problem);
  if (device == nullptr) return nullptr;
  cl_int status = CL_SUCCESS;
  const cl_context context = cl.clCreateContext(nullptr, 1, &device, nullptr, nullptr, &status);
  if (status != CL_SUCCESS) {
    problem = "no OpenCL context";
    return nullptr;
  }
  return std::make_unique<Buffers>(cl, context);
}

}  // namespace memory
