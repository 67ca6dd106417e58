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
#include "emit/source/text.hpp"
#include "emit/source/types.hpp"
#include "model/model.hpp"

namespace kernelc::source {

/// What the functions of one kernel share.
struct Workshop {
  const Dialect& dialect;
  const AddressSpaces& spaces;
  Names names;
  Types types;
  Routines routines;
  Facts facts;
  std::vector<std::string> functions = {};  ///< The names of the clones.
  std::uint32_t line = 0;                   ///< Of the user's source, being written; for refusals.

  Workshop(const Dialect& language, const AddressSpaces& found)
      : dialect(language),
        spaces(found),
        names(language.reserved()),
        types(language, names),
        routines(language, names, types) {}
};

class FunctionWriter {
 public:
  FunctionWriter(Workshop& shop, const FunctionClone& clone);

  /// A function that the kernel calls, whole. Throws Refused.
  std::vector<Line> function(const std::string& name);

  /// The kernel's own function, whole. Throws Refused.
  std::vector<Line> entry(const std::string& name, int dimensions);

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
  Text grid_query(const model::GridQuery& query);

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
  std::vector<EntryParameter> entry_parameters();
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
  std::string ids_[3];
  std::string sizes_[3];
};

/// Whether control never reaches the statement's end.
[[nodiscard]] bool never_ends(const model::Statement& statement);

}  // namespace kernelc::source
