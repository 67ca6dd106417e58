#pragma once

/// Whether the calling thread is running what follows a launch.

#include <dotcompute/base/export.hpp>

namespace dotcompute::detail {

/// True inside the completion of a launch: in a coroutine that was resumed by it, for example. Such a thread may be one
/// of a device's own and must not wait for that device's threads to end.
[[nodiscard]] DOTCOMPUTE_API bool inside_completion() noexcept;

}  // namespace dotcompute::detail
