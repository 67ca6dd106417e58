#include "hwloc_reader.hpp"

namespace dotcompute::cpu {

std::optional<Topology> read_hwloc(const HwlocRequest&, std::string& why_not) {
  why_not = "the library was built without hwloc (libhwloc-dev)";
  return std::nullopt;
}

}  // namespace dotcompute::cpu
