// The program of each cell of the matrix. It sees the kernels' addresses as an executable does; with BY_NAME_ONLY it
// refers to none of them, so that nothing but the registration keeps the kernels in the program.
#include "check.hpp"

int main() {
#ifdef BY_NAME_ONLY
  check_by_name(0.0f);
#else
#ifndef KERNELS_ARE_HIDDEN
  check_by_function({demo::scale, demo::twin_a, demo::twin_b, demo::add_one<float>, demo::add_one<double>}, 0.0f);
#endif
  check_by_function(seen_by(kernels_seen_inside), 0.0f);
  check_by_name(0.0f);
#endif
  return finish();
}
