#define CL_TARGET_OPENCL_VERSION 120
#include "opencl_peer.hpp"

#include <dlfcn.h>
#include <CL/cl.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace launch {

namespace {

/// What is written here is what dotcompute's text takes: the sizes and the grid beside the data.
constexpr const char* text = R"(
__kernel void saxpy(float a, __global const float* x, uint x_size, __global float* y, uint y_size, uint grid) {
  uint i = get_global_id(0);
  if (i >= grid) return;
  if (i < y_size) y[i] = a * x[i] + y[i];
}
)";

struct Functions {
  void* library = nullptr;
#define FUNCTION(name) decltype(&::name) name = nullptr
  FUNCTION(clGetPlatformIDs);
  FUNCTION(clGetDeviceIDs);
  FUNCTION(clCreateContext);
  FUNCTION(clCreateCommandQueue);
  FUNCTION(clCreateProgramWithSource);
  FUNCTION(clBuildProgram);
  FUNCTION(clCreateKernel);
  FUNCTION(clCreateBuffer);
  FUNCTION(clSetKernelArg);
  FUNCTION(clEnqueueNDRangeKernel);
  FUNCTION(clFinish);
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
    find(clCreateCommandQueue, "clCreateCommandQueue");
    find(clCreateProgramWithSource, "clCreateProgramWithSource");
    find(clBuildProgram, "clBuildProgram");
    find(clCreateKernel, "clCreateKernel");
    find(clCreateBuffer, "clCreateBuffer");
    find(clSetKernelArg, "clSetKernelArg");
    find(clEnqueueNDRangeKernel, "clEnqueueNDRangeKernel");
    find(clFinish, "clFinish");
    return has_all;
  }
};

void check(cl_int status, const char* call) {
  if (status == CL_SUCCESS) return;
  std::fprintf(stderr, "launch: %s failed with status %d\n", call, status);
  std::exit(1);
}

/// Lives as long as the program, as its OpenCL objects do.
class Saxpy final : public OpenClSaxpy {
 public:
  Saxpy(const Functions& cl, cl_device_id device, std::size_t n) : cl_(cl), n_(static_cast<cl_uint>(n)) {
    cl_int status = CL_SUCCESS;
    const cl_context context = cl_.clCreateContext(nullptr, 1, &device, nullptr, nullptr, &status);
    check(status, "clCreateContext");
    queue_ = cl_.clCreateCommandQueue(context, device, 0, &status);
    check(status, "clCreateCommandQueue");
    const char* source = text;
    const cl_program program = cl_.clCreateProgramWithSource(context, 1, &source, nullptr, &status);
    check(status, "clCreateProgramWithSource");
    check(cl_.clBuildProgram(program, 1, &device, "-cl-std=CL1.2", nullptr, nullptr), "clBuildProgram");
    kernel_ = cl_.clCreateKernel(program, "saxpy", &status);
    check(status, "clCreateKernel");
    std::vector<float> zeros(n, 0.0f);
    for (cl_mem* buffer : {&x_, &y_}) {
      *buffer = cl_.clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, n * sizeof(float), zeros.data(),
                                   &status);
      check(status, "clCreateBuffer");
    }
  }

  void run(float a) override {
    check(cl_.clSetKernelArg(kernel_, 0, sizeof a, &a), "clSetKernelArg");
    check(cl_.clSetKernelArg(kernel_, 1, sizeof x_, &x_), "clSetKernelArg");
    check(cl_.clSetKernelArg(kernel_, 2, sizeof n_, &n_), "clSetKernelArg");
    check(cl_.clSetKernelArg(kernel_, 3, sizeof y_, &y_), "clSetKernelArg");
    check(cl_.clSetKernelArg(kernel_, 4, sizeof n_, &n_), "clSetKernelArg");
    check(cl_.clSetKernelArg(kernel_, 5, sizeof n_, &n_), "clSetKernelArg");
    const std::size_t group = n_ < 64 ? 1 : 64;
    const std::size_t grid = (n_ + group - 1) / group * group;
    check(cl_.clEnqueueNDRangeKernel(queue_, kernel_, 1, nullptr, &grid, &group, 0, nullptr, nullptr),
          "clEnqueueNDRangeKernel");
    check(cl_.clFinish(queue_), "clFinish");
  }

 private:
  Functions cl_;
  cl_uint n_;
  cl_command_queue queue_ = nullptr;
  cl_kernel kernel_ = nullptr;
  cl_mem x_ = nullptr;
  cl_mem y_ = nullptr;
};

}  // namespace

std::unique_ptr<OpenClSaxpy> OpenClSaxpy::create(std::size_t n, std::string& problem) {
  Functions cl;
  if (!cl.open()) {
    problem = "no OpenCL loader";
    return nullptr;
  }
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  if (cl.clGetPlatformIDs(1, &platform, nullptr) != CL_SUCCESS ||
      cl.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) != CL_SUCCESS) {
    problem = "no OpenCL device";
    return nullptr;
  }
  return std::make_unique<Saxpy>(cl, device, n);
}

}  // namespace launch
