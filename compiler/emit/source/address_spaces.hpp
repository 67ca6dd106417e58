#pragma once

/// Where each pointer points to. OpenCL C 1.2 and Metal want every pointer type to name its address space, and C++
/// knows none: this finds them, and makes one clone of a function per combination of spaces that it is called with.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace kernelc::source {

/// Whose memory it is.
enum class Space : std::uint8_t {
  automatic,  ///< A variable of the work-item: `__private`, `thread`.
  global,     ///< The kernel's spans: `__global`, `device`.
  shared,     ///< The arrays of the group: `__local`, `threadgroup`.
  constant,   ///< Constant tables: `__constant`, `constant`.
};

/// One per pointer or span in a type, depth first in the order of declaration: a pointer's own target first, then those
/// of the type it points to; the fields of a struct in order; an array's element once. A type without pointers has
/// none.
using Spaces = std::vector<Space>;

/// A function for one combination of spaces.
struct FunctionClone {
  const model::Function* function = nullptr;
  std::vector<Spaces> parameters;  ///< One per parameter of the function.
  Spaces result;
  /// Of the locals, temporaries and parameters whose types hold pointers; the others are not in it.
  std::map<const model::Variable*, Spaces> variables;
  /// Of the expressions whose types hold pointers, and of every lvalue: there the first Space is the one that the
  /// object lies in, and the others are those of its type, so that they are together those of a pointer to it.
  ///
  /// A conditional lvalue whose value alone is used (it is loaded, whole or a member of it) may choose between objects
  /// in different spaces: `c ? a : x[i]`. It is to be written as a choice of values; its first Space says nothing then.
  std::map<const model::Expression*, Spaces> expressions;
  /// From each Call and Construct to the index of the clone that it calls. A Construct's object is always a local one.
  std::map<const model::Expression*, std::size_t> callees;
  /// From an AddressOf that is an argument to the variable that its object is to be copied to first: the argument is
  /// the variable's address. This is how `std::max(a, x[i])` is called, whose parameters must point to one space. The
  /// copy is exact: it is only made where nothing is written before the call's result has been read.
  std::map<const model::Expression*, const model::Variable*> copies;
};

struct AddressSpaces {
  std::vector<FunctionClone> clones;   ///< Callees before callers; the last one is the kernel. Empty with a conflict.
  std::deque<model::Variable> copied;  ///< Owns the variables of `copies`.
  std::string conflict;                ///< Why it cannot be done, in a sentence with the line; empty if it can.
};

/// Finds the address spaces. The result refers to the kernel's model. Deterministic.
[[nodiscard]] AddressSpaces find_address_spaces(const model::Kernel& kernel);

/// The same for a language with one address space: one clone per function, every Space automatic, never a conflict but
/// for types that hold pointers to themselves.
[[nodiscard]] AddressSpaces generic_address_space(const model::Kernel& kernel);

}  // namespace kernelc::source
