#pragma once

/// Where an address of the process belongs: what the dynamic linker knows of it.

#include <string>
#include <string_view>

namespace dotcompute::detail {

/// The place of a piece of code or data. Do not hold a lock that the constructors of libraries take when asking for
/// one.
struct CodePlace {
  const void* module = nullptr;  ///< Where the executable or library is loaded; null if the address is in none.
  std::string module_path;       ///< "/usr/lib/libfilters.so"
  std::string symbol;            ///< Demangled, "demo::saxpy(float)"; empty if the symbol is not visible.
};

[[nodiscard]] CodePlace place_of(const void* address);

/// The visible symbol with this mangled name, as a program that was linked against its library sees it; null if none.
[[nodiscard]] const void* address_of_symbol(const char* mangled_name) noexcept;

/// The name of a demangled function without return type and parameters: "sorting::merge<double, true>".
[[nodiscard]] std::string_view qualified_name(std::string_view demangled) noexcept;

}  // namespace dotcompute::detail
