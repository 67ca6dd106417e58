#pragma once

/// The kernel model: what a kernel means, checked, typed and free of C++'s surface. The frontend makes it from Clang's
/// AST; every emitter reads it. Control flow stays structured, so that it can become source text as well as LLVM IR.
///
/// References are pointers here, member functions take their object's address first, and implicit conversions are
/// explicit. Nodes are owned by the Model and never change once made.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <dotcompute/base/scalar_type.hpp>

namespace kernelc::groups {
struct Plan;
}

namespace kernelc::model {

using dotcompute::ScalarType;

/// The most items of a group: what every device can do.
inline constexpr std::uint64_t largest_group = 1024;

struct Struct;

enum class TypeKind { nothing, scalar, pointer, span, structure, array };

/// A type; equal types are one object, so pointers compare.
struct Type {
  TypeKind kind = TypeKind::nothing;
  ScalarType scalar = ScalarType::boolean;  ///< kind scalar
  const Type* element = nullptr;            ///< kind pointer, span, array
  bool element_is_const = false;            ///< kind pointer, span
  std::uint64_t count = 0;                  ///< kind array
  const Struct* structure = nullptr;        ///< kind structure
  std::uint64_t size = 0;                   ///< bytes
  std::uint64_t alignment = 1;              ///< bytes

  [[nodiscard]] bool is_scalar() const { return kind == TypeKind::scalar; }
  [[nodiscard]] bool is_floating() const { return is_scalar() && dotcompute::is_floating_point(scalar); }
  [[nodiscard]] bool is_bool() const { return is_scalar() && scalar == ScalarType::boolean; }
  [[nodiscard]] bool is_integer() const { return is_scalar() && !is_floating() && !is_bool(); }
  [[nodiscard]] bool is_signed() const {
    return is_scalar() && scalar >= ScalarType::int8 && scalar <= ScalarType::int64;
  }
  [[nodiscard]] bool is_aggregate() const { return kind == TypeKind::structure || kind == TypeKind::array; }
  [[nodiscard]] unsigned bits() const { return is_bool() ? 1 : static_cast<unsigned>(size) * 8; }
};

struct Field {
  std::string name;
  const Type* type = nullptr;
  std::uint64_t offset = 0;  ///< bytes
};

struct Struct {
  std::string name;  ///< As C++ spells it, qualified.
  std::vector<Field> fields;
};

/// A parameter or a local. Its address may be taken; emitters turn it into a register where they can.
struct Variable {
  std::string name;
  const Type* type = nullptr;
  std::uint32_t id = 0;       ///< Unique in its function.
  bool is_shared = false;     ///< A SharedArray, of array type: one object for the whole group.
  bool is_published = false;  ///< The shared words by which the items of a group pass each other values; see Barrier.
  bool holds_faults = false;  ///< The words in which a checked kernel leaves its fault; no value depends on them.
};

/// A constant table at namespace scope or a constexpr local that is used as an object.
struct Constant {
  std::string name;
  const Type* type = nullptr;
  std::string bytes;  ///< As it lies in memory, little endian, padding zero.
};

struct Function;
struct Expression;

enum class Query {
  global_id,
  global_size,
  local_id,
  group_id,
  local_size,
  group_count,
  local_linear_id,    ///< Of no dimension.
  local_linear_size,  ///< Likewise.
};
enum class AtomicOperation {
  add,
  subtract,
  minimum,
  maximum,
  bit_and,
  bit_or,
  bit_xor,
  exchange,
  compare_exchange,
  load,
  store,
};
enum class UnaryOperator { negate, complement, logical_not };
enum class BinaryOperator {
  add,
  subtract,
  multiply,
  divide,
  remainder,
  shift_left,
  shift_right,
  bit_and,
  bit_or,
  bit_xor,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};

// Expressions. Those marked [lvalue] designate an object; their type is the object's.
struct Literal {
  std::uint64_t bits;
};  ///< Integers sign- or zero-extended, floats as IEEE bits.
struct Zero {};  ///< The zero value of any type.
struct VariableUse {
  const Variable* variable;
};  ///< [lvalue]
struct ConstantUse {
  const Constant* constant;
};  ///< [lvalue]
struct Temporary {
  const Variable* variable;
  const Expression* value;
};  ///< [lvalue] Initialised when evaluated.
struct Load {
  const Expression* object;
};
struct AddressOf {
  const Expression* object;
};  ///< Also an array's decay to its first element.
struct Dereference {
  const Expression* pointer;
};  ///< [lvalue]
struct Member {
  const Expression* object;
  std::uint32_t field;
};  ///< [lvalue]
struct PointerAdd {
  const Expression* pointer;
  const Expression* index;
  bool subtract;
};
struct PointerDifference {
  const Expression* left;
  const Expression* right;
};
struct MakeSpan {
  const Expression* data;
  const Expression* size;
};
struct SpanData {
  const Expression* span;
};
struct SpanSize {
  const Expression* span;
};
struct Unary {
  UnaryOperator op;
  const Expression* operand;
};
struct Binary {
  BinaryOperator op;
  const Expression* left;
  const Expression* right;
};
struct Logical {
  bool is_and;
  const Expression* left;
  const Expression* right;
};
struct Conditional {
  const Expression* condition;
  const Expression* yes;
  const Expression* no;
};  ///< May be [lvalue].
struct Assign {
  const Expression* object;
  const Expression* value;
};  ///< [lvalue]
/// [lvalue] `object = convert(convert(object, computation) op value)`; the object is evaluated once.
struct CompoundAssign {
  BinaryOperator op;
  const Expression* object;
  const Expression* value;
  const Type* computation;
};
/// Prefix forms are [lvalue]; postfix forms are the old value.
struct Step {
  const Expression* object;
  bool increment;
  bool prefix;
};
struct Convert {
  const Expression* operand;
};  ///< Between scalars, and scalar or pointer to bool.
struct Call {
  const Function* callee;
  std::vector<const Expression*> arguments;
};
/// Builds an object in place: the callee's first parameter is the object's address.
struct Construct {
  const Function* constructor;
  std::vector<const Expression*> arguments;
  bool is_zeroed;  ///< The object is all zero before its constructor runs: `T()` of a class without one of its own.
};
struct MathCall {
  std::string function;
  std::vector<const Expression*> arguments;
};  ///< A name of the math table.
struct GridQuery {
  Query query;
  int dimension;
};
/// Waits for the group. Its type is nothing, and it is a whole statement: kernelc refuses it anywhere else.
///
/// Operations of sub-groups and groups are functions of kernel.hpp, made of barriers and of the published words: each
/// item writes its own word before a barrier, and the others read it between that barrier and the next one.
struct Barrier {
  const Function* operation = nullptr;  ///< Of the language, of which it is a part; null for barrier() itself.
};
/// On a number of 32 or 64 bits in memory that the items share; relaxed. Its type is the object's, and its value the
/// old one; of `store` it is nothing. The object is found before the values: none for `load`, the expected and the
/// desired one for `compare_exchange`, which compares bits. `minimum` is `value < old ? value : old`, `maximum` `old <
/// value ? value : old`.
struct Atomic {
  AtomicOperation op;
  const Expression* object;
  std::vector<const Expression*> values;
};
/// One per field or element, in order; the last one of an array is evaluated again for each element that is left.
struct Aggregate {
  std::vector<const Expression*> elements;
};
struct Sequence {
  const Expression* first;
  const Expression* second;
};  ///< The comma operator.
struct BitCast {
  const Expression* operand;
};  ///< The same bytes as another type of equal size.

using ExpressionNode = std::variant<Literal, Zero, VariableUse, ConstantUse, Temporary, Load, AddressOf, Dereference,
                                    Member, PointerAdd, PointerDifference, MakeSpan, SpanData, SpanSize, Unary, Binary,
                                    Logical, Conditional, Assign, CompoundAssign, Step, Convert, Call, Construct,
                                    MathCall, GridQuery, Barrier, Atomic, Aggregate, Sequence, BitCast>;

struct Expression {
  const Type* type = nullptr;
  bool is_lvalue = false;
  std::uint32_t line = 0;
  ExpressionNode node;
  std::uint32_t place = 0;  ///< Where it is written, for diagnostics: the frontend's own number, 0 for nowhere.
};

// Statements.
struct Statement;
using StatementList = std::vector<const Statement*>;

struct Block {
  StatementList body;
};
struct Declare {
  const Variable* variable;
  const Expression* value;
};  ///< `value` null: not initialised.
struct Evaluate {
  const Expression* expression;
};
struct If {
  const Expression* condition;
  const Statement* yes;
  const Statement* no;
};  ///< `no` may be null.
/// `while` and `for` test first, `do` tests last; a null condition is true, a null step is nothing.
struct Loop {
  const Expression* condition;
  const Expression* step;
  const Statement* body;
  bool tests_last;
};
struct SwitchCase {
  std::vector<std::uint64_t> values;
  bool is_default;
  StatementList body;
};
struct Switch {
  const Expression* value;
  std::vector<SwitchCase> cases;
};  ///< Cases fall through unless they break.
struct Break {};
struct Continue {};
struct Return {
  const Expression* value;
};  ///< `value` null in functions that return nothing.

using StatementNode = std::variant<Block, Declare, Evaluate, If, Loop, Switch, Break, Continue, Return>;

struct Statement {
  std::uint32_t line = 0;
  StatementNode node;
  std::uint32_t place = 0;  ///< As an expression's.
};

/// Functions of the library for which some devices have an instruction with the same result; the others run their body.
enum class KnownFunction { none, half_from_float, half_to_float };

struct Function {
  std::string name;    ///< As C++ spells it, qualified.
  std::string symbol;  ///< Mangled; unique in the model.
  const Type* result = nullptr;
  std::vector<const Variable*> parameters;
  const Statement* body = nullptr;
  std::string file;  ///< Where it is defined, as the compilation names it; lines are of this file.
  std::uint32_t line = 0;
  KnownFunction known = KnownFunction::none;
  bool is_of_language = false;  ///< Of kernel.hpp: to the user it is one operation, whose place is its call.
  bool reports_fault = false;   ///< Of a checked kernel: writes the words of faults and does nothing else.
};

/// What one work-item does, counted over the text; see dotcompute_cost.
struct Cost {
  std::uint32_t arithmetic = 0;
  std::uint32_t math_calls = 0;
  std::uint32_t loads = 0;
  std::uint32_t stores = 0;
};

/// What a kernel uses of its group; see dotcompute_group_feature.
struct GroupUse {
  bool ids = false;
  bool barriers = false;
  bool shared = false;
  std::uint32_t fixed_size[3] = {0, 0, 0};  ///< Of DOTCOMPUTE_GROUP; zeros: any.
  std::uint64_t shared_bytes = 0;
  const Variable* published = nullptr;  ///< The model's published words, if the kernel uses them.
  std::uint64_t published_items = 0;    ///< How many of them there are, then.

  [[nodiscard]] bool any() const { return ids || barriers || shared; }
  /// Whether all groups have one size that the text may rely on.
  [[nodiscard]] bool is_fixed() const { return any() && fixed_size[0] != 0; }
  /// Of the published words, rounded up to 64 as a shared array is.
  [[nodiscard]] std::uint64_t published_bytes() const { return (published_items * 8 + 63) / 64 * 64; }
  [[nodiscard]] std::uint32_t fixed_items() const { return fixed_size[0] * fixed_size[1] * fixed_size[2]; }
};

/// What a kernel does with atomic operations; see dotcompute_atomic_use.
struct AtomicUse {
  bool any = false;
  bool order_dependent = false;
};

struct Kernel {
  const Function* function = nullptr;
  std::vector<const Function*> callees;  ///< All functions reached, in order of first call; the kernel is not in it.
  int dimensions = 1;
  bool is_fast = false;  ///< DOTCOMPUTE_KERNEL_FAST: contraction and fast math.
  GroupUse group;
  AtomicUse atomics;
  /// Of a kernel that uses its group: the body with every function that holds a barrier inlined, the parameters never
  /// written; see groups/flatten.hpp. Null for others.
  const Statement* flat_body = nullptr;
  std::shared_ptr<const groups::Plan> plan;  ///< How CPU code runs it; shared by the copies of this Kernel.
  std::uint64_t item_bytes = 0;              ///< What CPU code keeps for each item across barriers.
  Cost cost;
  std::string file;
  std::string content_hash;  ///< 64 hex digits.
};

class Model {
 public:
  std::vector<Kernel> kernels;
  std::uint32_t place = 0;  ///< Of the nodes that are made next.

  template <class Node>
  const Expression* expression(const Type* type, bool is_lvalue, std::uint32_t line, Node node) {
    return &expressions_.emplace_back(Expression{type, is_lvalue, line, std::move(node), place});
  }
  template <class Node>
  const Statement* statement(std::uint32_t line, Node node) {
    return &statements_.emplace_back(Statement{line, std::move(node), place});
  }
  Variable* variable(std::string name, const Type* type) {
    return &variables_.emplace_back(Variable{std::move(name), type, static_cast<std::uint32_t>(variables_.size())});
  }
  Function* function() { return &functions_.emplace_back(); }
  Struct* structure() { return &structs_.emplace_back(); }
  Constant* constant() { return &constants_.emplace_back(); }
  /// The published words: of whatever kernel uses them, and of its group.
  const Variable* published_words();

  const Type* nothing();
  const Type* scalar(ScalarType scalar);
  const Type* pointer(const Type* element, bool element_is_const);
  const Type* span(const Type* element, bool element_is_const);
  const Type* array(const Type* element, std::uint64_t count);
  const Type* structure(const Struct* structure, std::uint64_t size, std::uint64_t alignment);

 private:
  const Type* intern(const Type& type);

  std::deque<Type> types_;
  std::deque<Expression> expressions_;
  std::deque<Statement> statements_;
  std::deque<Variable> variables_;
  std::deque<Function> functions_;
  std::deque<Struct> structs_;
  std::deque<Constant> constants_;
  Variable* published_words_ = nullptr;
};

/// "add", "compare_exchange": as C++ names the operation, behind "atomic_".
[[nodiscard]] std::string_view name(AtomicOperation op);

/// How C++ spells the type, for messages and records: "float", "std::span<const float>".
[[nodiscard]] std::string spelling(const Type& type);

/// Whether a parameter of a kernel may have the type: numbers all the way down, or a span of such.
[[nodiscard]] bool is_data(const Type& type);

/// A node visitor from lambdas.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace kernelc::model
