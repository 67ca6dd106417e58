#pragma once

/// A kernel of a unit without checks, for programs that have checked ones too.

#include <cstdint>
#include <span>

namespace unchecked {

void divide(std::span<std::int32_t> y, std::int32_t by);

}  // namespace unchecked
