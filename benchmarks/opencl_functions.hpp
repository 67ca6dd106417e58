#pragma once

/// The functions of OpenCL that peers in the benchmarks are written with, from a loader that is opened when it is
/// wanted.

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <string>

namespace opencl_peer {

struct Functions {
#define FUNCTION(name) decltype(&::name) name = nullptr
  FUNCTION(clGetPlatformIDs);
  FUNCTION(clGetDeviceIDs);
  FUNCTION(clCreateContext);
  FUNCTION(clCreateCommandQueue);
  FUNCTION(clCreateProgramWithSource);
  FUNCTION(clBuildProgram);
  FUNCTION(clCreateKernel);
  FUNCTION(clCreateBuffer);
  FUNCTION(clReleaseMemObject);
  FUNCTION(clSetKernelArg);
  FUNCTION(clEnqueueNDRangeKernel);
  FUNCTION(clFinish);
#undef FUNCTION
};

/// The first device of the first platform, with the functions to use it; null if there is none, and `problem` says why.
/// The loader stays open.
[[nodiscard]] cl_device_id find_device(Functions& functions, std::string& problem);

}  // namespace opencl_peer
