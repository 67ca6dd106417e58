// The suite `kernels`: kernels of many kinds on the CPU, beside plain loops, programs by hand, OpenBLAS and the same
// kernels on PoCL. All have as many threads as there are processors; OMP_NUM_THREADS, DOTCOMPUTE_CPU_THREADS and
// POCL_MAX_PTHREAD_COUNT together say how many others.
#include <dotcompute/dotcompute.hpp>

#include "comparison.hpp"
#include "devices.hpp"
#include "suite.hpp"

int main(int count, char** arguments) {
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  const kernels::Suite suite{benchmark::request_of(count, arguments), runtime.on("cpu"),
                             benchmark::pocl_device(runtime, "kernels")};
  kernels::solve_arrays(suite);
  kernels::solve_grids(suite);
  kernels::solve_products(suite);
}
