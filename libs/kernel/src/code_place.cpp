#include "code_place.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <memory>

namespace dotcompute::detail {

namespace {

struct Free {
  void operator()(char* text) const noexcept { std::free(text); }
};

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(name, nullptr, nullptr, &status));
  return text ? text.get() : name;
}

}  // namespace

CodePlace place_of(const void* address) {
  CodePlace place;
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0) return place;
  place.module = info.dli_fbase;
  if (info.dli_fname != nullptr) place.module_path = info.dli_fname;
  // dladdr offers the nearest symbol before the address; only the symbol at the address names it.
  if (info.dli_sname != nullptr && info.dli_saddr == address) place.symbol = demangled(info.dli_sname);
  return place;
}

const void* address_of_symbol(const char* mangled_name) noexcept { return dlsym(RTLD_DEFAULT, mangled_name); }

std::string_view qualified_name(std::string_view demangled) noexcept {
  constexpr std::string_view result = "void ";  // Written for templates only; kernels return nothing else.
  if (demangled.starts_with(result)) demangled.remove_prefix(result.size());
  int depth = 0;
  for (std::size_t i = 0; i < demangled.size(); ++i) {
    if (demangled[i] == '<') ++depth;
    if (demangled[i] == '>') --depth;
    const bool opens_parameters = demangled[i] == '(' && depth == 0;
    if (opens_parameters && !demangled.substr(i).starts_with("(anonymous namespace)")) return demangled.substr(0, i);
  }
  return demangled;
}

}  // namespace dotcompute::detail
