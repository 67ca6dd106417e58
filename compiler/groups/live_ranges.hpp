#pragma once

/// One variable for each of its live ranges.
///
/// `int i; for (i = local_id(); ...) ...; for (i = 32; i > 0; i /= 2) { ... barrier(); }` uses one name for two
/// variables: no value of the first loop is read in the second. The analysis of what is uniform does not follow the
/// order of statements, and a counter would be as the most varying of its uses. So definitions that no use has in
/// common get variables of their own: the webs of Muchnick, Advanced Compiler Design and Implementation, section 16.3.

#include "groups/flatten.hpp"
#include "model/model.hpp"

namespace kernelc::groups {

/// The body with its numbers, pointers and spans split where their address is never taken; the body itself, where there
/// is nothing to split. The new variables have the old ones' names and are declared beside them.
[[nodiscard]] FlatBody split_live_ranges(model::Model& model, const FlatBody& flat);

}  // namespace kernelc::groups
