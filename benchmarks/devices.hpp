#pragma once

#include <optional>
#include <string>

#include <dotcompute/dotcompute.hpp>

namespace benchmark {

/// PoCL's first device; nothing where there is none, and a line on the error stream that says why.
[[nodiscard]] std::optional<dotcompute::Launcher> pocl_device(const dotcompute::Runtime& runtime,
                                                              const std::string& suite);

}  // namespace benchmark
