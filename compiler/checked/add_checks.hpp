#pragma once

/// Checked kernels: the model of a kernel is written anew so that it says where it does what C++ leaves undefined.
///
/// Each check is an expression of the model like any other, so that every backend has it. The kernel gets one more
/// parameter, a written span of 32-bit words: the first item that meets a fault claims it with an atomic operation and
/// leaves there the number of the check, where it is in the grid and the values that the message tells; abi.h lays the
/// words out.
///
/// A fault does not end the item, so that uniform control flow stays uniform. What needs the object that is not there
/// is left out, and its value is zero: a load, a store, an atomic operation, the call of a function that takes a
/// reference to it. In an array of the item's own the first element stands in. A pointer or reference that is kept in
/// a variable, or returned, is kept together with whether it is good. One that is kept in a struct, or that a
/// reference may change, is null when it is not.

#include "check/rules.hpp"
#include "checked/check.hpp"

namespace kernelc::checked {

/// The symbol of the functions that stand for failed assertions; the condition is their name.
inline constexpr std::string_view failed_assertion = "assertion_failed";

/// Gives `kernel` a function with checks, whose last parameter is the span of words; the rest of `kernel` is to be
/// analysed again. Returns what the numbers of the faults mean. Reports what cannot be checked and throws Rejected.
[[nodiscard]] Checks add_checks(model::Model& model, model::Kernel& kernel, const PositionOf& position_of,
                                Reporter& reporter);

}  // namespace kernelc::checked
