#pragma once

/// The suite, which lies in a shared object of its own.

#include <dotcompute/conformance/library.hpp>

namespace dotcompute::tool {

/// Opens libdotcompute-conformance, which lies beside libdotcompute or where DOTCOMPUTE_CONFORMANCE_LIBRARY says. It
/// stays open. Throws ToolError (input) with the place that was tried.
[[nodiscard]] const conformance::Library& open_conformance_library();

}  // namespace dotcompute::tool
