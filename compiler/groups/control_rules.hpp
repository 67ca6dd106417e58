#pragma once

/// The rules of control flow around barriers.

#include "check/rules.hpp"
#include "groups/flatten.hpp"
#include "groups/uniformity.hpp"

namespace kernelc::groups {

/// Reports every barrier that not all items of a group come by, every return that only some items take before a
/// barrier, and every jump that only some take out of a loop or switch with a barrier, each with the reason.
void check_control(const FlatBody& kernel, const Uniformity& uniformity, Reporter& reporter);

}  // namespace kernelc::groups
