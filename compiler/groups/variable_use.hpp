#pragma once

/// What a run of statements does with variables from outside it.

#include <functional>
#include <map>
#include <set>

#include "model/model.hpp"

namespace kernelc::groups {

struct VariableUse {
  std::set<const model::Variable*> mentioned;
  std::set<const model::Variable*> exposed;   ///< May be read before the statements have given them a value.
  std::set<const model::Variable*> written;   ///< May be given a value.
  std::set<const model::Variable*> assigned;  ///< Are certainly given one, wherever the statements are left.
};

[[nodiscard]] VariableUse use_of_variables(const model::StatementList& statements);

/// The local variables whose address is stored somewhere, so that an access need not mention them.
[[nodiscard]] std::set<const model::Variable*> remembered_addresses(const model::Statement& body);

/// The local variables whose address is taken, if only for a call.
[[nodiscard]] std::set<const model::Variable*> taken_addresses(const model::Statement& body);

/// The values of the variables that are given one where they are declared and no other, through their names.
using Values = std::map<const model::Variable*, const model::Expression*>;
[[nodiscard]] Values only_values(const model::Statement& body);

/// Whether an expression is arithmetic on constants, ids, sizes, and variables that may be used.
[[nodiscard]] bool is_arithmetic(const model::Expression& expression,
                                 const std::function<bool(const model::Variable*)>& may_use);

}  // namespace kernelc::groups
