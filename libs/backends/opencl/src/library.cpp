#include "library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <string_view>

namespace dotcompute::opencl {

namespace {

/// The last error of the dynamic linker, which repeats the name that was asked for.
std::string linker_error(std::string_view path) {
  const char* const text = dlerror();
  std::string reason = text == nullptr ? "no reason given" : text;
  if (reason.starts_with(path) && reason.size() > path.size() + 2) reason.erase(0, path.size() + 2);
  return reason;
}

/// The name of a function that the loader lacks, or null.
const char* find_functions(void* handle, Library& library) {
#define DOTCOMPUTE_OPENCL_FIND(function)                                                  \
  {                                                                                       \
    const auto found = reinterpret_cast<decltype(&::function)>(dlsym(handle, #function)); \
    if (found == nullptr) return #function;                                               \
    library.function.set(found);                                                          \
  }
  DOTCOMPUTE_OPENCL_FUNCTIONS(DOTCOMPUTE_OPENCL_FIND)
#undef DOTCOMPUTE_OPENCL_FIND
  return nullptr;
}

}  // namespace

void Library::take_turns(std::mutex& turn) noexcept {
#define DOTCOMPUTE_OPENCL_TAKE_TURNS(function) function.take_turns(turn);
    DOTCOMPUTE_OPENCL_FUNCTIONS(DOTCOMPUTE_OPENCL_TAKE_TURNS)
#undef DOTCOMPUTE_OPENCL_TAKE_TURNS
}

std::vector<std::string> usual_loader_paths() {
  if (const char* const path = std::getenv("DOTCOMPUTE_OPENCL_LIBRARY"); path != nullptr && *path != '\0') {
    return {path};
  }
  return {
      "libOpenCL.so.1",
      "libOpenCL.so",
#if defined(__x86_64__)
      "/usr/lib/x86_64-linux-gnu/libOpenCL.so.1",
#elif defined(__aarch64__)
      "/usr/lib/aarch64-linux-gnu/libOpenCL.so.1",
#endif
      "/usr/lib64/libOpenCL.so.1",
      "/usr/lib/libOpenCL.so.1",
      "/usr/local/lib/libOpenCL.so.1",
      "/usr/local/cuda/lib64/libOpenCL.so.1",
      "/opt/rocm/lib/libOpenCL.so.1",
      "/opt/intel/oneapi/compiler/latest/lib/libOpenCL.so.1",
      "/System/Library/Frameworks/OpenCL.framework/OpenCL",
  };
}

OpenedLibrary open_library(const std::vector<std::string>& paths) {
  OpenedLibrary opened;
  for (const std::string& path : paths) {
    const auto report = [&](const std::string& reason) {
      opened.tried += (opened.tried.empty() ? "" : "; ") + path + ": " + reason;
    };
    // Not to be unloaded: drivers that it opens have threads and handlers that run at the end of the process.
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
      report(linker_error(path));
      continue;
    }
    Library library;
    if (const char* const missing = find_functions(handle, library)) {
      report(std::string("it has no ") + missing + ", so it is older than OpenCL 1.2");
      dlclose(handle);
      continue;
    }
    opened.api = library;
    opened.path = path;
    return opened;
  }
  return opened;
}

}  // namespace dotcompute::opencl
