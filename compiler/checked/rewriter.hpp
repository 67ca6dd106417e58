#pragma once

/// The two parts of add_checks: what is known of the whole kernel, and the copy of one function.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checked/add_checks.hpp"
#include "groups/flatten.hpp"

namespace kernelc::checked {

using E = const model::Expression*;
using S = const model::Statement*;

/// Expressions to be evaluated, in their order, before another one.
using Setup = std::vector<E>;

/// An object that was found. To be used after the setup, once or several times, and only if `is_good`.
struct Place {
  E object = nullptr;
  E is_good = nullptr;  ///< Null: always.
  bool is_own = false;  ///< Of the item's own variables, or of a table.
};

/// Likewise a pointer.
struct Pointer {
  E pointer = nullptr;
  E is_good = nullptr;
  bool is_own = false;
};

/// Whether it calls the operator [] of std::array, which is known.
[[nodiscard]] bool is_element_of_standard_array(const model::Expression& call);

/// The checks of a kernel and the copies of its functions.
class KernelRewriter {
 public:
  /// `looks_for_null`: what `keeps_null` said of the same kernel before.
  KernelRewriter(model::Model& model, const model::Kernel& kernel, const PositionOf& position_of, Reporter& reporter,
                 bool looks_for_null);

  /// The kernel's function with its checks.
  const model::Function* run();
  [[nodiscard]] Checks take_checks() { return std::move(checks_); }

  /// A copy with checks, or the function itself if there is nothing in it to check. Those of a library's function are
  /// said to be at `place`, that of the user's call; 0 where there is none.
  const model::Function* copy(const model::Function& source, std::uint32_t place);
  /// The number of a new check.
  std::uint32_t add(std::uint32_t kind, model::ScalarType scalar, std::string subject, std::uint32_t place);
  /// Takes the words, a check's number and three values of 64 bits; claims the words and fills them.
  const model::Function& report();
  [[nodiscard]] bool waits(const model::Function& function) { return barriers_.in(function); }
  [[nodiscard]] bool is_library(const model::Function& function) const;

  /// Pointers that are not good may be where only their null tells it.
  void keep_null() { keeps_null_ = true; }
  [[nodiscard]] bool keeps_null() const { return keeps_null_; }
  [[nodiscard]] bool looks_for_null() const { return looks_for_null_; }

  [[nodiscard]] model::Model& model() { return model_; }
  [[nodiscard]] Reporter& reporter() { return reporter_; }
  /// A parameter for the words.
  [[nodiscard]] const model::Variable* faults();

 private:
  const model::Function* make_report();

  model::Model& model_;
  const model::Kernel& kernel_;
  const PositionOf& position_of_;
  Reporter& reporter_;
  const model::Type* words_;
  Checks checks_;
  std::map<std::pair<const model::Function*, std::uint32_t>, const model::Function*> copies_;
  const model::Function* report_ = nullptr;
  groups::BarrierSearch barriers_;
  bool looks_for_null_;
  bool keeps_null_ = false;
};

/// Copies one function.
class FunctionRewriter {
 public:
  FunctionRewriter(KernelRewriter& kernel, std::uint32_t place);

  /// Fills `copy`, which has its name already. Returns whether it differs.
  bool run(const model::Function& source, model::Function& copy);

 private:
  // statements.cpp
  void survey(const model::Statement& source);
  void survey(const model::Expression& source);
  S statement(const model::Statement& source);
  void append(const model::StatementList& source, model::StatementList& result);
  S declare(const model::Declare& source, const model::Statement& at);
  S give_back(const model::Return& source, const model::Statement& at);

  // makers.cpp
  E make(const model::Expression& at, const model::Type* type, bool is_lvalue, model::ExpressionNode node);
  E use(const model::Expression& at, const model::Variable* variable);
  E load(const model::Expression& at, E object);
  E number(const model::Expression& at, std::uint64_t value, model::ScalarType scalar = model::ScalarType::uint64);
  E truth(const model::Expression& at, bool value);
  E binary(const model::Expression& at, model::BinaryOperator op, E left, E right);
  E compare(const model::Expression& at, model::BinaryOperator op, E left, E right);
  E opposite(const model::Expression& at, E condition);
  E both(const model::Expression& at, E left, E right);
  E choose(const model::Expression& at, E condition, E yes, E no);
  E converted(const model::Expression& at, E value, const model::Type* type);
  E word(const model::Expression& at, E value);
  E nothing(const model::Expression& at);
  E assign(const model::Expression& at, E object, E value);
  /// A variable that says yes until it is told otherwise.
  const model::Variable* flag(const model::Expression& at, Setup& setup);
  /// The value, kept in a variable by the setup; constants are not.
  E held(const model::Expression& at, E value, std::string_view name, Setup& setup);
  E after(const Setup& setup, E result);
  E all_of(const model::Expression& at, const Setup& setup);
  /// Does it, or nothing where it is not good.
  E guarded(const model::Expression& at, E is_good, E effect);
  /// The value, or zero where it is not good.
  E or_zero(const model::Expression& at, E is_good, E value);
  E safe(const model::Expression& at, const Pointer& pointer);
  const model::Variable* variable(const model::Variable* source);
  const model::Type* scalar(model::ScalarType type) { return model_.scalar(type); }

  // expressions.cpp
  E value(E source);
  E effects(E source);
  E loaded(const model::Load& source, E at);
  E call(E source);
  E atomic(const model::Atomic& source, E at);
  E part_of_span(const model::MakeSpan& source, E at);
  struct CallParts {
    E call = nullptr;            ///< To be evaluated once, and only if the
    E arguments_good = nullptr;  ///< arguments are; null: they are.
    E result_good = nullptr;     ///< Of a pointer, after the call; null: it is.
  };
  CallParts call_parts(E source, Setup& setup);
  static E referring_call(E pointer);
  Pointer pointer_for_once(E source, Setup& setup);
  Pointer kept(const CallParts& parts, E at, Setup& setup);
  std::vector<E> arguments(const std::vector<E>& sources, E& is_good, Setup& setup);

  // accesses.cpp
  Place place(E source, Setup& setup);
  Place chosen_place(const model::Conditional& source, E at, Setup& setup);
  /// `end` says whether the pointer may be the one behind the last element.
  enum class End { allowed, refused };
  Pointer pointer(E source, Setup& setup, End end = End::allowed);
  Pointer element(const model::PointerAdd& source, E at, Setup& setup, End end);
  Pointer element_of_span(E span, E index, E at, Setup& setup, End end);
  Pointer element_of_array(E array, E index, E at, Setup& setup, End end);
  Pointer chosen_pointer(const model::Conditional& source, E at, Setup& setup);
  Pointer returned_pointer(E source, Setup& setup);
  Pointer loaded_pointer(const model::Load& source, E at, Setup& setup);
  Pointer unless_null(const Pointer& pointer, E at, Setup& setup);
  E simple_span(E source, Setup& setup);
  Place store(E source, Setup& setup);
  Place assigned(const model::Assign& source, E at, Setup& setup);
  Place updated(const model::CompoundAssign& source, E at, Setup& setup);
  /// How the user would call the object: "'x'", or `otherwise`.
  std::string subject(E source, std::string_view otherwise);
  std::string spelled(E source);

  // arithmetic.cpp
  E arithmetic(E at, model::BinaryOperator op, const model::Type* type, E left, E right);
  [[nodiscard]] static bool needs_check(model::BinaryOperator op, const model::Type& type, E right);
  E conversion(E at, const model::Type* type, E value);
  [[nodiscard]] static bool needs_check(const model::Type& to, const model::Type& from);

  /// Reports where the condition does not hold.
  void check(E at, E holds, std::uint32_t kind, model::ScalarType scalar, std::string subject, std::vector<E> values,
             Setup& setup);
  E report(E at, std::uint32_t kind, model::ScalarType scalar, std::string subject, std::vector<E> values);

  KernelRewriter& kernel_;
  model::Model& model_;
  std::uint32_t place_;                       // of the user's call, in a library's function
  const model::Variable* words_ = nullptr;    // the parameter
  const model::Variable* is_good_ = nullptr;  // likewise: where to tell whether the returned pointer is
  std::map<const model::Variable*, const model::Variable*> variables_;
  std::set<const model::Variable*> assigned_;                          // of the source, pointers
  std::set<const model::Variable*> referred_;                          // likewise; by references to them
  std::map<const model::Variable*, const model::Variable*> goodness_;  // of pointers of the source
  std::map<const model::Variable*, E> origins_;                        // what temporaries of the source hold
  bool differs_ = false;
  model::StatementList pending_;  // to be put before the statement that was made last
};

}  // namespace kernelc::checked
