#pragma once

/// What the expressions of a function read and write: whether one can be a part of a C expression, which evaluates its
/// operands in any order, and which values must be kept before another is evaluated.

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "emit/source/address_spaces.hpp"
#include "model/model.hpp"

namespace kernelc::source {

inline constexpr std::size_t query_count = static_cast<std::size_t>(model::Query::local_linear_size) + 1;

/// Something for each query and dimension.
template <class T>
struct PerQuery {
  T of[query_count][3] = {};

  T& operator()(model::Query query, int dimension) { return of[static_cast<std::size_t>(query)][dimension]; }
  const T& operator()(model::Query query, int dimension) const {
    return of[static_cast<std::size_t>(query)][dimension];
  }
};

/// What a call of a function does beyond its result.
struct FunctionFacts {
  bool reads_memory = false;    ///< Through pointers or spans, and shared arrays.
  bool writes_memory = false;   ///< Likewise; a barrier counts, as what others wrote is read after it.
  PerQuery<bool> uses;          ///< Itself or what it calls.
  bool uses_published = false;  ///< Likewise: the words that the items of a group publish.
};

/// The facts of all functions of a kernel. Not thread-safe.
class Facts {
 public:
  const FunctionFacts& of(const model::Function& function);

 private:
  void statement(const model::Statement& statement, FunctionFacts& facts);
  void expression(const model::Expression& expression, FunctionFacts& facts);

  std::map<const model::Function*, FunctionFacts> known_;
};

using VariableSet = std::set<const model::Variable*>;

/// What evaluating an expression does. Of an lvalue: what finding the object does.
struct Effects {
  bool emits = false;          ///< It needs statements before it.
  bool reads_memory = false;   ///< Through pointers, spans or tables.
  bool writes_memory = false;  ///< Through pointers or spans.
  bool calls = false;          ///< A function of the kernel: not to be evaluated twice for convenience.
  bool is_cut = false;         ///< So deep that its value is kept in a variable.
  unsigned depth = 0;
  VariableSet reads;
  VariableSet writes;
};

/// The effects within one function's clone. Not thread-safe.
class FunctionEffects {
 public:
  FunctionEffects(const FunctionClone& clone, Facts& facts);

  const Effects& of(const model::Expression& expression);

  /// Whether what `later` does may change what `earlier` gave.
  bool conflict(const model::Expression& earlier, const model::Expression& later);

  /// Whether the variable's address is taken for more than an access.
  [[nodiscard]] bool is_exposed(const model::Variable* variable) const { return exposed_.contains(variable); }

  /// Whether the variable is written after its declaration.
  [[nodiscard]] bool is_assigned(const model::Variable* variable) const { return assigned_.contains(variable); }

  /// Whether nothing but the loop's step, which counts up below a bound or down above one, writes the variable: it then
  /// cannot overflow.
  [[nodiscard]] bool is_bounded(const model::Loop& loop, const model::Variable* variable) const;

 private:
  void survey(const model::Statement& statement);
  void survey(const model::Expression& expression);
  void survey_pointer(const model::Expression& pointer);
  void expose(const model::Expression& object);
  Effects compute(const model::Expression& expression);
  void add_access(const model::Expression& object, Effects& effects, bool is_write);

  const FunctionClone& clone_;
  Facts& facts_;
  std::map<const model::Expression*, Effects> known_;
  VariableSet exposed_;
  std::map<const model::Variable*, unsigned> assigned_;  // how often
};

/// The array or variable that a pointer is made from on the spot, if it is: `a` in `*(a + i)` for an array `a`. Null if
/// the pointer comes from elsewhere.
[[nodiscard]] const model::Expression* pointed_object(const model::Expression& pointer);

/// Whether the elements of an aggregate that are left are filled by a loop.
[[nodiscard]] bool fills_by_loop(const model::Aggregate& aggregate, const model::Type& type, bool element_emits);

/// Whether the expression is a zero, so that C's braces may leave it out.
[[nodiscard]] bool is_zero(const model::Expression& expression);

}  // namespace kernelc::source
