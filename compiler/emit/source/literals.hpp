#pragma once

/// Numbers as text, exact to the bit.

#include <cstdint>

#include "emit/source/dialect.hpp"

namespace kernelc::source {

/// A number of a scalar type from its bits, as Literal holds them. `is_constant`: for the initialiser of a table.
[[nodiscard]] Text literal(std::uint64_t bits, ScalarType type, const Dialect& dialect, bool is_constant = false);

}  // namespace kernelc::source
