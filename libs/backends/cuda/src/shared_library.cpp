#include "shared_library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <utility>

namespace dotcompute::cuda {

SharedLibrary::SharedLibrary(std::span<const std::string> paths, Attempts& attempts) {
  for (const std::string& path : paths) {
    handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) {
      path_ = path;
      return;
    }
    const char* const reason = dlerror();
    attempts.add(path, reason == nullptr ? "it cannot be opened" : reason);
  }
}

void* SharedLibrary::symbol(const char* name) const noexcept { return dlsym(handle_, name); }

std::vector<std::string> places_to_try(const char* variable, std::span<const std::string> paths,
                                       std::vector<std::string> usual) {
  if (!paths.empty()) return {paths.begin(), paths.end()};
  const char* const chosen = std::getenv(variable);
  if (chosen != nullptr && *chosen != '\0') return {chosen};
  return usual;
}

}  // namespace dotcompute::cuda
