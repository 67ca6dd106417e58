// The suite `kernels`: kernels of many kinds on the CPU, beside plain loops, programs by hand and the same kernels on
// an OpenCL device.
#include <dotcompute/dotcompute.hpp>

#include "comparison.hpp"
#include "devices.hpp"
#include "suite.hpp"

int main(int count, char** arguments) {
  const benchmark::Mode mode = benchmark::mode_of(count, arguments);
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  kernels::Suite suite{mode, runtime.on("cpu"), benchmark::opencl_device(runtime, "kernels"), {}};
  if (mode == benchmark::Mode::measure) suite.limits = kernels::measure_limits();
  kernels::solve_arrays(suite);
  kernels::solve_grids(suite);
  kernels::solve_products(suite);
}
