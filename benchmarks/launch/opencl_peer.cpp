#include "opencl_peer.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "opencl_functions.hpp"

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

using opencl_peer::Functions;

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

  void run(float a, int launches) override {
    for (int i = 0; i < launches; ++i) enqueue(a);
    check(cl_.clFinish(queue_), "clFinish");
  }

 private:
  void enqueue(float a) {
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
  }

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
  const cl_device_id device = opencl_peer::find_device(cl, problem);
  if (device == nullptr) return nullptr;
  return std::make_unique<Saxpy>(cl, device, n);
}

}  // namespace launch
