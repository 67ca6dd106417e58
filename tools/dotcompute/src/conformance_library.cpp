#include "conformance_library.hpp"

#include <cstdlib>
#include <string>

#include <dlfcn.h>
#include <fmt/format.h>

#include <dotcompute/kernel/abi.h>

#include "tool_error.hpp"

namespace dotcompute::tool {

namespace {

constexpr const char* variable = "DOTCOMPUTE_CONFORMANCE_LIBRARY";

/// Where the suite of this libdotcompute lies.
std::string path_of_suite() {
  if (const char* given = std::getenv(variable); given != nullptr && *given != '\0') return given;
  Dl_info library{};
  if (dladdr(reinterpret_cast<void*>(&dotcompute_register_unit), &library) == 0) return DOTCOMPUTE_CONFORMANCE_FILE;
  const std::string path = library.dli_fname;
  const std::size_t slash = path.rfind('/');
  return (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + DOTCOMPUTE_CONFORMANCE_FILE;
}

}  // namespace

const conformance::Library& open_conformance_library() {
  const std::string path = path_of_suite();
  void* const object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const table = object == nullptr ? nullptr : dlsym(object, "dotcompute_conformance_library");
  if (table == nullptr) {
    throw input_error(fmt::format("the suite cannot be opened ({}); install {} beside libdotcompute, or name it in {}",
                                  dlerror(), DOTCOMPUTE_CONFORMANCE_FILE, variable));
  }
  return *reinterpret_cast<decltype(&dotcompute_conformance_library)>(table)();
}

}  // namespace dotcompute::tool
