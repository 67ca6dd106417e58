// Two shared libraries define different kernels of one name. A function tells them apart where the libraries keep them
// to themselves; a name never does, and saying so is the only right answer.
#include "check.hpp"

extern "C" void kernels_of_other_library(demo::Kernels& kernels);

namespace {

void expect_ambiguous(const std::string& error, const std::string& what) {
  expect(error.find("demo::scale") != std::string::npos, what + ": no error that names the kernel, but '" + error + "'");
}

}  // namespace

int main() {
#ifdef KERNELS_ARE_HIDDEN
  check_by_function(seen_by(kernels_seen_inside), 0.0f);
  check_by_function(seen_by(kernels_of_other_library), 5.0f);
#else
  // The dynamic linker gives both libraries the first one's function: which kernel is meant cannot be known.
  expect_ambiguous(error_of_scale_by_function(seen_by(kernels_seen_inside)), "by function");
#endif
  expect_ambiguous(error_of_scale_by_name(), "by name");
  return finish();
}
