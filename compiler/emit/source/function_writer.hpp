#pragma once

/// One function of a kernel as C. Each expression becomes a C expression without side effects; what has some becomes
/// statements before it, in the order that C++ prescribes and C leaves open.

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "emit/source/address_spaces.hpp"
#include "emit/source/dialect.hpp"
#include "emit/source/effects.hpp"
#include "emit/source/lines.hpp"
#include "emit/source/names.hpp"
#include "emit/source/routines.hpp"
#include "emit/source/steps.hpp"
#include "emit/source/text.hpp"
#include "emit/source/types.hpp"
#include "model/model.hpp"

namespace kernelc::source {

/// What the functions of one kernel share.
struct Workshop {
  const Dialect& dialect;
  const AddressSpaces& spaces;
  const model::GroupUse& group;
  Names names;
  Types types;
  Routines routines;
  Facts facts;
  std::vector<std::string> functions = {};  ///< The names of the clones.
  std::string file = {};                    ///< Of the function that is being written; for refusals.
  std::uint32_t line = 0;                   ///< In it.

  Workshop(const Dialect& language, const AddressSpaces& found, const model::GroupUse& use)
      : dialect(language),
        spaces(found),
        group(use),
        names(language.reserved()),
        types(language, names),
        routines(language, names, types) {}
};

class FunctionWriter {
 public:
  FunctionWriter(Workshop& shop, const FunctionClone& clone);

  /// A function that the kernel calls, whole. Throws Refused.
  std::vector<Line> function(const std::string& name);

  /// The kernel's own function, whole; its body in steps if there are any. Throws Refused.
  std::vector<Line> entry(const std::string& name, int dimensions, const std::vector<Step>& steps);

 private:
  using E = const model::Expression*;
  using S = const model::Statement*;
  using SpacesView = std::span<const Space>;

  // expressions.cpp
  Text value(E expression);
  Text plain_value(E expression);
  Text object(E expression);
  Text loaded(E object);
  Text exact(E expression) { return exact(value(expression), *expression->type); }
  Text exact(Text text, const model::Type& type);
  Text keep(E expression, Text text);
  std::vector<Text> operands(const std::vector<E>& expressions);
  Text address_of(const model::AddressOf& address, const model::Type& type);
  Text dereference(const model::Dereference& use);
  Text element(const Text& array, const Text& index);
  Text pointer_value(Text text, E expression);
  Text pointer_add(const model::PointerAdd& add, E expression);
  Text temporary(const model::Temporary& temporary);
  Text variable(const model::Variable* variable);
  Text span_value(const model::Variable* variable, E expression);
  Text span_part(E span, bool is_data);
  void discard(E expression);
  void discard_operands(E expression);

  // choices.cpp
  Text logical(const model::Logical& operation);
  Text conditional(const model::Conditional& choice, E expression);
  Text conditional_object(const model::Conditional& choice, E expression);
  Text choice(const model::Conditional& choice, const model::Type& type, SpacesView spaces, bool loads);

  // assignments.cpp
  Text assign(const model::Assign& assignment, bool is_used);
  Text compound_assign(const model::CompoundAssign& assignment, bool is_used);
  Text step(const model::Step& change, bool is_object, bool is_used);
  Text fixed(const Text& object, E expression, bool is_used);
  void change(const Text& object, const model::Type& type, bool increment);

  // arithmetic.cpp
  Text unary(const model::Unary& operation, const model::Type& type);
  Text binary(model::BinaryOperator op, Text left, Text right, const model::Type& operand, const model::Type& count);
  Text wrapping(model::BinaryOperator op, const Text& left, const Text& right, const model::Type& type);
  Text shift(bool is_left, const Text& left, const Text& right, const model::Type& type, const model::Type& count);
  Text divide(bool is_remainder, Text left, Text right, const model::Type& type);
  Text convert(Text text, const model::Type& from, const model::Type& to);
  std::string unsigned_code(const Text& text, const model::Type& type);
  Text number(std::uint64_t bits, const model::Type& type);
  std::optional<Text> converted_number(std::uint64_t bits, const model::Type& from, const model::Type& to);

  // aggregates.cpp
  Text zero(const model::Type& type, SpacesView spaces);
  std::string zero_braces(const model::Type& type);
  std::string braces(const model::Aggregate& aggregate, const model::Type& type);
  Text aggregate(const model::Aggregate& aggregate, E expression);
  void leaves(const model::Aggregate& aggregate, const model::Type& type, std::vector<E>& list);
  std::string join(const model::Aggregate& aggregate, const model::Type& type, std::vector<Text>::const_iterator& next);
  void fill(const model::Aggregate& aggregate, const model::Type& type, const std::string& target);
  [[nodiscard]] bool needs_loop(E expression);
  Text make(const std::string& type, const std::string& list);
  Text bit_cast(const model::BitCast& cast, E expression);
  void construct(const model::Construct& source, E expression, const std::string& object);

  // calls.cpp
  Text call(const model::Call& source, E expression);
  std::string call_code(std::size_t clone, std::vector<std::string> arguments);
  std::vector<std::string> arguments(const std::vector<E>& sources);
  Text math(const model::MathCall& call, E expression);
  Text integer_function(const std::string& name, E operand, const model::Type& type);
  Text classification(const std::string& name, const std::vector<E>& operands, const model::Type& type);
  std::optional<Text> truth(E expression);
  Text grid_query(const model::GridQuery& query, const model::Type& type);

  // atomics.cpp
  Text atomic(const model::Atomic& source, E expression, bool is_used);

  // statements.cpp
  void statement(S source);
  void statements(const model::StatementList& list);
  void declare(const model::Declare& declare);
  void initialise(const model::Declare& declare, const std::string& type);
  void branch(const model::If& branch);
  void switch_statement(const model::Switch& choice);
  void body(S statement);
  void scope(const std::string& head, S statement, bool may_fold);
  void fold(std::size_t head);
  void fold_case(std::size_t head);

  // step_text.cpp
  void steps(const std::vector<Step>& steps);
  void hoist(const std::vector<Step>& steps);
  void step_end(const StepEnd& end, const std::string& step, const std::string& waits, const std::string& last);

  // loops.cpp
  void loop(const model::Loop& loop, const std::string& initialiser);
  void irregular_loop(const model::Loop& loop, const std::string& initialiser, const std::string& step);
  std::optional<std::string> step_code(const model::Loop& loop);
  bool for_statement(const model::Statement& first, const model::Statement& second);

  // functions.cpp
  void add(std::string code);
  void add_declaration(std::string code);
  std::string declare_value(const std::string& type, const char* name);
  std::string condition(E expression);
  std::string variable_name(const model::Variable* variable);
  std::string type_of(const model::Variable* variable);
  std::string type_of(E expression);
  [[nodiscard]] SpacesView spaces_of(E expression) const;
  [[nodiscard]] SpacesView value_spaces(E expression) const;
  [[nodiscard]] SpacesView spaces_of(const model::Variable* variable) const;
  std::vector<std::string> hidden_parameters(const FunctionFacts& facts);
  template <class Visit>
  void for_each_hidden(const FunctionFacts& facts, Visit&& visit);
  std::vector<EntryParameter> entry_parameters();
  std::string name_published();
  void find_item(int dimension, const std::string& first);
  void find_linear(int dimensions);
  void copy_parameters();
  void finish();
  [[nodiscard]] bool emits(E expression) { return expression != nullptr && effects_.of(*expression).emits; }

  Workshop& shop_;
  const Dialect& dialect_;
  Types& types_;
  const FunctionClone& clone_;
  FunctionEffects effects_;

  std::vector<Line> lines_;
  int depth_ = 0;
  std::size_t unit_start_ = 0;  // where the declarations of the statement being written go
  int branches_ = 0;            // around what is being written, within its statement
  std::map<const model::Variable*, std::string> variables_;
  std::map<const model::Variable*, std::string> copied_parameters_;  // shared by the work-items, and changed
  std::set<const model::Variable*> hoisted_;                         // declared before the switch they are in
  bool is_kernel_ = false;

  // A span that stays a pointer and a size: the kernel's parameters.
  struct Pair {
    std::string data;
    std::string size;
    bool is_const;
  };
  std::map<const model::Variable*, Pair> pairs_;
  PerQuery<std::string> queries_;  // the names of their values
};

/// Calls `visit(query, dimension)` for what a function is given behind its parameters, in their order.
template <class Visit>
void FunctionWriter::for_each_hidden(const FunctionFacts& facts, Visit&& visit) {
  for (std::size_t i = 0; i < query_count; ++i) {
    const auto query = static_cast<model::Query>(i);
    if (query == model::Query::local_size && shop_.group.is_fixed()) continue;  // written as a number
    for (int d = 0; d < 3; ++d) {
      if (facts.uses(query, d)) visit(query, d);
    }
  }
}

/// Whether control never reaches the statement's end.
[[nodiscard]] bool never_ends(const model::Statement& statement);

}  // namespace kernelc::source
