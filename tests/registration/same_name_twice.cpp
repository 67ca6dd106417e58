// Two shared libraries define different kernels of one name. By function the kernel runs that a direct call would run:
// each library's own where they keep their functions to themselves, else the first library's, whose function the
// dynamic linker gives to both. A name cannot tell them apart, and saying so is the only right answer.
#include "check.hpp"

extern "C" void kernels_of_other_library(demo::Kernels& kernels);

int main() {
#ifdef KERNELS_ARE_HIDDEN
  constexpr float offset_of_other = 5.0f;
#else
  constexpr float offset_of_other = 0.0f;
#endif
  check_by_function(seen_by(kernels_seen_inside), 0.0f);
  check_by_function(seen_by(kernels_of_other_library), offset_of_other);
  const std::string error = error_of_scale_by_name();
  expect(error.find("the name 'demo::scale' belongs to 2 different kernels") != std::string::npos,
         "by name: expected an error that says so, got '" + error + "'");
  return finish();
}
