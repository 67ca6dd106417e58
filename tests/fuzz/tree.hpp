#pragma once

/// A kernel as the fuzzer knows it: a typed tree, made at random, printed as C++, made smaller where it fails.
///
/// Trees are values that share their parts: a smaller kernel is the old one but for the branch that was cut, so the
/// trees of one kernel own their nodes together. Nodes never change.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <dotcompute/base/scalar_type.hpp>

namespace fuzz {

using dotcompute::ScalarType;

struct Type;
struct Expression;
struct Statement;
struct Function;
using TypePtr = std::shared_ptr<const Type>;
using ExpressionPtr = std::shared_ptr<const Expression>;
using StatementPtr = std::shared_ptr<const Statement>;
using FunctionPtr = std::shared_ptr<const Function>;
using StatementList = std::vector<StatementPtr>;

struct Field {
  std::string name;
  TypePtr type;
};

/// A number, a struct, a fixed array, or dotcompute::half.
struct Type {
  enum class Kind { scalar, structure, array, half };
  Kind kind = Kind::scalar;
  ScalarType scalar = ScalarType::int32;
  std::string name{};                ///< Of a struct.
  std::vector<Field> fields{};       ///< Of a struct.
  std::vector<FunctionPtr> methods;  ///< Const members of a struct, operators among them.
  TypePtr element = nullptr;         ///< Of an array.
  std::uint64_t count = 0;           ///< Of an array.
  bool is_plain = false;             ///< An array as C has it, which only fields of structs are.

  [[nodiscard]] bool is_scalar() const noexcept { return kind == Kind::scalar; }
};

[[nodiscard]] TypePtr scalar_type(ScalarType scalar);
[[nodiscard]] TypePtr half_type();
[[nodiscard]] TypePtr array_type(TypePtr element, std::uint64_t count);
[[nodiscard]] TypePtr plain_array_type(TypePtr element, std::uint64_t count);
/// How C++ spells it.
[[nodiscard]] std::string spelling(const Type& type);

[[nodiscard]] bool is_signed(ScalarType type) noexcept;
[[nodiscard]] bool is_integer(ScalarType type) noexcept;
/// What arithmetic computes in: [expr.arith.conv].
[[nodiscard]] ScalarType promoted(ScalarType type) noexcept;
[[nodiscard]] ScalarType common_type(ScalarType left, ScalarType right) noexcept;

enum class ExpressionKind {
  literal,       ///< `bits` of the type.
  variable,      ///< `text`.
  element,       ///< operands[0][operands[1] % bits].
  own_element,   ///< text[i]: the item's own element of a span; in rows of `bits` elements if that is not 0.
  span_element,  ///< text[operands[0] % text.size()].
  shared_own,    ///< text[l]: the item's own element of a shared array.
  shared_any,    ///< text[operands[0] % items].
  member,        ///< operands[0].text
  method,        ///< operands[0].text(operands[1]...)
  unary,         ///< text operands[0]
  postfix,       ///< operands[0] text
  binary,        ///< operands[0] text operands[1]; also assignments and the comma.
  conditional,   ///< operands[0] ? operands[1] : operands[2]
  cast,          ///< static_cast<type>(operands[0])
  implicit,      ///< operands[0], converted where it stands.
  call,          ///< text(operands...)
  to_integer,    ///< A floating-point number as an integer, 0 where it is out of range.
  aggregate,     ///< type{operands...}
};

struct Expression {
  ExpressionKind kind;
  TypePtr type;
  std::string text = {};
  std::uint64_t bits = 0;
  std::vector<ExpressionPtr> operands = {};
  bool is_pinned = false;  ///< The program has a meaning only with it: it is not replaced when a kernel shrinks.
};

enum class StatementKind {
  declare,      ///< type text = expressions[0]; without an expression all zero.
  reference,    ///< type& text = expressions[0];
  pointer,      ///< type* text = &expressions[0];
  evaluate,     ///< expressions[0];
  choice,       ///< if (expressions[0]) children[0] else children[1]
  counted,      ///< for (int text = 0; text < bits; ++text) children[0]
  conditioned,  ///< while (text++ < bits && expressions[0]) children[0]
  tested_last,  ///< do children[0] while (++text < bits && expressions[0]);
  each,         ///< for (type text : expressions[0]) children[0]
  selection,    ///< switch (expressions[0]) { children: labels }
  label,        ///< case bits: children...; `text` is "default" for that one; falls through unless it breaks.
  leave,        ///< break;
  skip,         ///< continue;
  give_back,    ///< return expressions[0];
  block,        ///< { children... }
  lambda,       ///< const auto text = a lambda; `function` with the body children[0]; captures references if bits is 1.
  barrier,      ///< barrier();
  guarded,      ///< if (i < out0.size()) { children... }
};

struct Statement {
  StatementKind kind;
  TypePtr type = nullptr;
  std::string text = {};
  std::uint64_t bits = 0;
  std::vector<ExpressionPtr> expressions = {};
  StatementList children = {};
  FunctionPtr function = nullptr;
};

struct Parameter {
  enum class Passing { value, reference, const_reference, pointer, span, shared };
  std::string name;
  TypePtr type;  ///< Of the value, the object, or the elements.
  Passing passing = Passing::value;
};

/// A function that kernels call; or a const member, whose struct's fields are in its scope.
struct Function {
  std::string name;
  TypePtr result;  ///< Null for void.
  std::vector<Parameter> parameters;
  StatementList body;
  bool is_of_group = false;  ///< All items of a group call it together.
};

struct KernelSpan {
  std::string name;
  TypePtr element;
  bool is_written = false;
};

struct SharedVariable {
  std::string name;
  TypePtr element;
};

/// A kernel and how it is launched.
struct Kernel {
  static constexpr std::uint64_t most_group_items = 64;

  std::uint64_t seed = 0;
  std::vector<TypePtr> structs{};
  std::vector<FunctionPtr> functions{};
  std::vector<Parameter> values{};
  std::vector<KernelSpan> spans{};
  std::vector<SharedVariable> shared{};
  StatementList body{};
  int dimensions = 1;
  bool uses_group = false;
  bool has_fixed_group = false;
  std::uint64_t size = 1;  ///< Elements of each span.
  std::uint64_t grid[3] = {1, 1, 1};
  std::uint64_t group[3] = {0, 0, 0};
};

/// The kernel as C++, in the namespace `name`; the kernel itself is `name::kernel`. What a source needs around several
/// of them is `prelude`.
[[nodiscard]] std::string text(const Kernel& kernel, const std::string& name);
[[nodiscard]] std::string prelude();

/// How many nodes a kernel has: what shrinking makes smaller.
[[nodiscard]] std::size_t node_count(const Kernel& kernel);

}  // namespace fuzz
