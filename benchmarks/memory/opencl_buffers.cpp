#define CL_TARGET_OPENCL_VERSION 120
#include "opencl_buffers.hpp"

#include <dlfcn.h>
#include <CL/cl.h>

#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace memory {

namespace {

struct Functions {
  void* library = nullptr;
#define FUNCTION(name) decltype(&::name) name = nullptr
  FUNCTION(clGetPlatformIDs);
  FUNCTION(clGetDeviceIDs);
  FUNCTION(clCreateContext);
  FUNCTION(clCreateBuffer);
  FUNCTION(clReleaseMemObject);
#undef FUNCTION

  bool open() {
    library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
    bool has_all = true;
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      has_all = has_all && function != nullptr;
    };
    find(clGetPlatformIDs, "clGetPlatformIDs");
    find(clGetDeviceIDs, "clGetDeviceIDs");
    find(clCreateContext, "clCreateContext");
    find(clCreateBuffer, "clCreateBuffer");
    find(clReleaseMemObject, "clReleaseMemObject");
    return has_all;
  }
};

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
  if (!cl.open()) {
    problem = "no OpenCL loader";
    return nullptr;
  }
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  cl_int status = CL_SUCCESS;
  if (cl.clGetPlatformIDs(1, &platform, nullptr) != CL_SUCCESS ||
      cl.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) != CL_SUCCESS) {
    problem = "no OpenCL device";
    return nullptr;
  }
  const cl_context context = cl.clCreateContext(nullptr, 1, &device, nullptr, nullptr, &status);
  if (status != CL_SUCCESS) {
    problem = "no OpenCL context";
    return nullptr;
  }
  return std::make_unique<Buffers>(cl, context);
}

}  // namespace memory
