// The suite `kernels`: kernels of many kinds on the CPU, beside plain loops, programs by hand and the same kernels on
// an OpenCL device.
#include <dotcompute/dotcompute.hpp>

#include "comparison.hpp"
#include "devices.hpp"
#include "suite.hpp"

int main(int count, char** arguments) {
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  const kernels::Suite suite{benchmark::request_of(count, arguments), runtime.on("cpu"),
                             benchmark::opencl_device(runtime, "kernels")};
  kernels::solve_arrays(suite);
  kernels::solve_grids(suite);
  kernels::solve_products(suite);
}
