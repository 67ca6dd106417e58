#pragma once

/// A kernel that uses its group, made ready for the analysis of its control flow and for being split at its barriers:
/// one body in which every barrier is a statement of the kernel itself.

#include <map>
#include <set>
#include <string>

#include "check/rules.hpp"
#include "model/model.hpp"

namespace kernelc::groups {

/// Whether a function holds a barrier or calls one that does. Keep one for several questions: it remembers.
class BarrierSearch {
 public:
  [[nodiscard]] bool in(const model::Function& function);
  [[nodiscard]] bool in(const model::Statement& statement);
  [[nodiscard]] bool in(const model::Expression& expression);

 private:
  std::map<const model::Function*, bool> functions_;
};

/// What waits, in a message: "a barrier" or an operation of the language in quotation marks.
[[nodiscard]] std::string spoken(const model::Function* operation);

struct FlatBody {
  const model::Statement* body = nullptr;
  std::set<const model::Statement*> returns;  ///< The jumps that were the returns of functions that were inlined.
  bool publishes = false;                     ///< Whether the kernel's items publish words.
};

/// The body of a kernel with its calls of functions that hold barriers replaced by their bodies, comma expressions that
/// are statements split, and parameters that are written replaced by locals. Reports a barrier that is not a statement
/// of its own and throws Rejected.
[[nodiscard]] FlatBody flatten(model::Model& model, const model::Function& kernel, Reporter& reporter);

}  // namespace kernelc::groups
