#include "opencl_functions.hpp"

#include <dlfcn.h>

#include <type_traits>

namespace opencl_peer {

cl_device_id find_device(Functions& functions, std::string& problem) {
  void* const library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  bool has_all = library != nullptr;
  const auto find = [&](auto& function, const char* name) {
    if (!has_all) return;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    has_all = function != nullptr;
  };
#define FIND(name) find(functions.name, #name)
  FIND(clGetPlatformIDs);
  FIND(clGetDeviceIDs);
  FIND(clCreateContext);
  FIND(clCreateCommandQueue);
  FIND(clCreateProgramWithSource);
  FIND(clBuildProgram);
  FIND(clCreateKernel);
  FIND(clCreateBuffer);
  FIND(clReleaseMemObject);
  FIND(clSetKernelArg);
  FIND(clEnqueueNDRangeKernel);
  FIND(clFinish);
#undef FIND
  if (!has_all) {
    problem = "no OpenCL loader";
    return nullptr;
  }
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  if (functions.clGetPlatformIDs(1, &platform, nullptr) != CL_SUCCESS ||
      functions.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) != CL_SUCCESS) {
    problem = "no OpenCL device";
    return nullptr;
  }
  return device;
}

}  // namespace opencl_peer
