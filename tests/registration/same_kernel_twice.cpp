// Two shared libraries were built from one file of kernels: each kernel is found, and found once.
#include "check.hpp"

extern "C" void kernels_of_other_library(demo::Kernels& kernels);

int main() {
  check_by_function({demo::scale, demo::twin_a, demo::twin_b, demo::add_one<float>, demo::add_one<double>}, 0.0f);
  check_by_function(seen_by(kernels_seen_inside), 0.0f);
  check_by_function(seen_by(kernels_of_other_library), 0.0f);
  check_by_name(0.0f);
  return finish();
}
