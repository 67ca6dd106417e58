#pragma once

/// A rejected source as an error.

#include <string>
#include <string_view>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

/// Says in a sentence what the first error in the compiler's diagnostics says; the diagnostics are the cause.
[[nodiscard]] CompilationError rejection_of(std::string_view file, const std::string& diagnostics);

}  // namespace dotcompute
