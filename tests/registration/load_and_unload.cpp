// Kernels come with a library that the running program opens and go when it is closed. Arguments: two libraries whose
// `scale` adds 0 and 5; the second one is likely to be mapped where the first one was.
#include <dlfcn.h>

#include <cstdio>

#include "check.hpp"

namespace {

demo::Kernels use(void* library, float offset) {
  if (library == nullptr) {
    expect(false, std::string("dlopen: ") + dlerror());
    return {};
  }
  const demo::Kernels kernels =
      seen_by(reinterpret_cast<void (*)(demo::Kernels&)>(dlsym(library, "kernels_seen_inside")));
  check_by_function(kernels, offset);
  check_by_name(offset);
  return kernels;
}

void expect_gone(const std::string& error, const std::string& what) {
  const bool says_so = error.find("no kernel named 'demo::scale'") != std::string::npos ||
                       error.find("is no registered kernel") != std::string::npos;
  expect(says_so, what + ": expected an error that says so, got '" + error + "'");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  expect_gone(error_of_scale_by_name(), "by name before loading");
  for (int round = 0; round < 3; ++round) {
    const float offset = round % 2 == 0 ? 0.0f : 5.0f;
    void* const library = dlopen(argv[1 + round % 2], RTLD_NOW | RTLD_LOCAL);
    const demo::Kernels kernels = use(library, offset);
    if (library == nullptr) break;
    dlclose(library);
    expect(dlopen(argv[1 + round % 2], RTLD_NOW | RTLD_NOLOAD) == nullptr, "the library stayed loaded");
    expect_gone(error_of_scale_by_name(), "by name after unloading");
    expect_gone(error_of_scale_by_function(kernels), "by function after unloading");
  }
  return finish();
}
