#pragma once

/// What the parts of the generator share: the random source, what is in scope, what an expression uses.

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "generate.hpp"
#include "tree.hpp"

namespace fuzz {

/// Numbers that are the same on every machine for a seed, which std::uniform_int_distribution's are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// From 0 to `count` - 1.
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::uint64_t bits() { return engine_(); }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// A name that expressions may use.
struct Variable {
  std::string name;
  TypePtr type;
  /// The object behind the name; a reference has that of what it refers to. What is done to one is done to the other.
  std::string root;
  bool is_writable = true;
  bool is_uniform = false;  ///< The same for all items of a group.
};

/// How the items of a group use a shared array between two barriers.
enum class SharedUse {
  own,     ///< Each item its own element.
  read,    ///< Any element, and nothing is written.
  atomic,  ///< Any element, by one atomic operation whose order does not matter.
};

/// What an expression reads and writes, by root.
struct Effects {
  std::set<std::string> reads;
  std::set<std::string> writes;

  void add(const Effects& other) {
    reads.insert(other.reads.begin(), other.reads.end());
    writes.insert(other.writes.begin(), other.writes.end());
  }
};

/// What a lambda's calls may touch.
struct Lambda {
  FunctionPtr function;
  std::set<std::string> captured;  ///< By reference: the roots.
  bool is_writing = false;         ///< Called as a statement only, as it writes what it captured.
};

class Generator {
 public:
  Generator(std::uint64_t seed, const Features& features) : random_(seed), features_(features) { kernel_.seed = seed; }

  Kernel kernel();

 private:
  /// What surrounds the statements that are made.
  struct Around {
    int depth = 3;             ///< How deep statements may still nest.
    bool in_loop = false;      ///< `break` and `continue` may be used.
    bool in_switch = false;    ///< `break` may be used.
    bool may_return = false;   ///< An early return is right here.
    TypePtr result = nullptr;  ///< What a return gives back.
  };

  // Of the kernel as a whole: generate.cpp.
  void structures();
  void functions();
  void add_method(Type& structure, int number);
  void add_operator(Type& structure);
  Function group_function(int number);
  Parameter parameter(int number);
  void parameters();
  void launch();
  void results(StatementList& list);
  void body();
  [[nodiscard]] ExpressionPtr place_of_result() const;
  ScalarType any_scalar();
  TypePtr any_type(int depth);

  // Statements: statements.cpp.
  StatementList statements(std::uint64_t count, const Around& around);
  StatementPtr statement(const Around& around);
  StatementPtr declaration();
  StatementPtr alias();
  StatementPtr assignment();
  StatementPtr choice(const Around& around);
  StatementPtr loop(const Around& around);
  StatementPtr selection(const Around& around);
  StatementPtr exit(const Around& around);
  StatementPtr whole_assignment();
  StatementPtr atomic();
  StatementPtr lambda();
  StatementPtr lambda_call();
  StatementPtr block_of(std::uint64_t count, const Around& around);

  // What all items of a group do together: group_statements.cpp.
  StatementList group_statements(std::uint64_t count, int depth, bool in_loop);
  StatementPtr group_block(std::uint64_t count, int depth, bool in_loop);
  StatementPtr group_choice(int depth, bool in_loop);
  StatementPtr group_loop(int depth);
  StatementPtr group_selection(int depth);
  StatementPtr group_exit();
  StatementPtr guarded();
  StatementPtr group_call();
  StatementPtr group_operation();
  StatementPtr subgroup_operation();
  void wait(StatementList& list);
  void fill_shared(StatementList& list);
  template <class Make>
  ExpressionPtr uniform(Make make) {
    only_uniform_ = true;
    ExpressionPtr result = complete(make);
    only_uniform_ = false;
    return result;
  }

  // Expressions: expressions.cpp, and operators.cpp for those of numbers.
  ExpressionPtr value(ScalarType type, int depth);
  ExpressionPtr converted(ExpressionPtr expression, ScalarType type, bool may_be_implicit = false);
  ExpressionPtr whole(const TypePtr& type, int depth);
  ExpressionPtr leaf(ScalarType type);
  ExpressionPtr literal(ScalarType type);
  ExpressionPtr place(ScalarType type, bool is_written);
  ExpressionPtr object(const TypePtr& type, bool is_written);
  ExpressionPtr drill(const Variable& variable, ScalarType type, bool is_written);
  ExpressionPtr own_element(const Variable& variable);
  ExpressionPtr in_view(const KernelSpan& span);
  ExpressionPtr operation_of(const TypePtr& structure, const std::string& name, int depth);
  ExpressionPtr call_of(const Lambda& lambda, int depth);
  ExpressionPtr some_number(ExpressionPtr at);
  ExpressionPtr index(int depth);
  ExpressionPtr span_read(ScalarType type);
  ExpressionPtr shared_read(ScalarType type);
  ExpressionPtr query(ScalarType type);
  ExpressionPtr call(ScalarType type, int depth);
  ExpressionPtr call_of(const Function& function, int depth);
  ExpressionPtr argument(const Parameter& parameter, int depth);
  ExpressionPtr method_call(ScalarType type, int depth);

  ExpressionPtr arithmetic(ScalarType type, int depth);
  ExpressionPtr division(ScalarType type, int depth);
  ExpressionPtr shift(ScalarType type, int depth);
  ExpressionPtr bitwise(ScalarType type, int depth);
  ExpressionPtr truth(int depth);
  ExpressionPtr unary(ScalarType type, int depth);
  ExpressionPtr conditional(ScalarType type, int depth);
  ExpressionPtr mathematics(ScalarType type, int depth);
  ExpressionPtr integer_function(ScalarType type, int depth);
  ExpressionPtr chosen(ScalarType type, int depth);
  ExpressionPtr with_effect(ScalarType type, int depth);
  ExpressionPtr compound(ExpressionPtr object, int depth);

  /// Two operands that C++ evaluates in any order.
  template <class First, class Second>
  std::pair<ExpressionPtr, ExpressionPtr> unordered(First first, Second second) {
    Effects before = std::exchange(effects_, {});
    ExpressionPtr left = first();
    const Effects of_first = effects_;
    const Effects forbidden = forbidden_;
    forbidden_.add(of_first);
    effects_ = {};
    ExpressionPtr right = second();
    forbidden_ = forbidden;
    effects_.add(of_first);
    effects_.add(before);
    return {std::move(left), std::move(right)};
  }
  /// A complete expression: what others use does not matter to it.
  template <class Make>
  ExpressionPtr complete(Make make) {
    effects_ = {};
    forbidden_ = {};
    return make();
  }
  /// What is declared from here on goes with `leave`.
  [[nodiscard]] std::pair<std::size_t, std::size_t> enter() const { return {scope_.size(), lambdas_.size()}; }
  void leave(const std::pair<std::size_t, std::size_t>& entered) {
    scope_.resize(entered.first);
    lambdas_.resize(entered.second);
  }
  [[nodiscard]] bool is_usable(const Variable& variable, bool is_written) const;
  std::string fresh(const char* stem) { return stem + std::to_string(next_name_++); }

  Random random_;
  Features features_;
  Kernel kernel_;
  std::vector<Variable> scope_;
  std::vector<Lambda> lambdas_;
  std::vector<KernelSpan> spans_;       ///< That may be read here.
  std::vector<SharedVariable> shared_;  ///< That may be used here.
  Effects effects_;
  Effects forbidden_;
  std::map<std::string, SharedUse> shared_use_;  ///< Of each shared array, until the next barrier.
  int next_name_ = 0;
  int index_depth_ = 0;           ///< How many indices are around.
  std::uint64_t turns_ = 1;       ///< Of the loops around, multiplied.
  bool in_kernel_ = false;        ///< The kernel's ids may be used.
  std::string atomic_operation_;  ///< The one of this kernel.
  bool is_active_ = false;        ///< The item has elements of its own.
  bool has_items_ = false;        ///< The item may have elements of its own: `i` is known.
  bool only_uniform_ = false;     ///< Only what all items of a group agree on may be used.
  bool may_have_effects_ = true;  ///< Expressions may write.
};

[[nodiscard]] ExpressionPtr make(ExpressionKind kind, TypePtr type, std::string text,
                                 std::vector<ExpressionPtr> operands, std::uint64_t bits = 0);
[[nodiscard]] ExpressionPtr pinned(ExpressionPtr expression);
[[nodiscard]] ExpressionPtr number(std::uint64_t bits, ScalarType type);
[[nodiscard]] StatementPtr make_statement(StatementKind kind, std::vector<ExpressionPtr> expressions,
                                          StatementList children = {});

}  // namespace fuzz
