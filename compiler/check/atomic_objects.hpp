#pragma once

/// Where the objects of atomic operations lie.

#include "check/rules.hpp"
#include "model/model.hpp"

namespace kernelc {

/// Reports each atomic operation of a kernel whose object may be a variable of the item's own: no other item knows it,
/// and devices have no such operations there. Follows pointers, references and spans through variables and calls, in
/// no order of time; what it cannot follow it lets pass.
void check_atomic_objects(const model::Kernel& kernel, Reporter& reporter);

}  // namespace kernelc
