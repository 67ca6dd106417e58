#pragma once

/// Texts that live as long as the program, so that reports can name kernels and devices without owning anything.

#include <string_view>

namespace dotcompute::detail {

/// The one copy of `text`, NUL-terminated. Takes a lock; for what happens once per kernel or device.
[[nodiscard]] std::string_view interned(std::string_view text);

}  // namespace dotcompute::detail
