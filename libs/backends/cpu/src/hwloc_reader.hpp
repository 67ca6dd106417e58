#pragma once

/// What hwloc says of processors. Where the build has no headers of it, it says nothing.

#include <optional>
#include <span>
#include <string>

#include "topology.hpp"

namespace dotcompute::cpu {

struct HwlocRequest {
  const char* synthetic = nullptr;                                     ///< A text of hwloc's instead of this machine.
  std::optional<std::span<const unsigned>> processors = std::nullopt;  ///< Ascending; all without it.
};

/// Empty with the reason in `why_not` where hwloc is missing, fails, or knows none of the processors.
[[nodiscard]] std::optional<Topology> read_hwloc(const HwlocRequest& request, std::string& why_not);

}  // namespace dotcompute::cpu
