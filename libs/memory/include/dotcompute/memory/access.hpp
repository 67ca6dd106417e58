#pragma once

/// What somebody who holds a buffer's memory may do with it.

#include <cstdint>

namespace dotcompute {

/// Of a mapping or a native handle.
enum class Access : std::uint8_t {
  read,        ///< Reads only: what others have of the content stays current.
  write,       ///< Writes all of it and reads nothing: the content before is not brought along.
  read_write,  ///< Reads, and writes some or all.
};

[[nodiscard]] constexpr bool reads(Access access) noexcept { return access != Access::write; }
[[nodiscard]] constexpr bool writes(Access access) noexcept { return access != Access::read; }

}  // namespace dotcompute
