#pragma once

/// What differs between the languages that a kernel is written in. One object per language, made once and constant.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emit/source/address_spaces.hpp"
#include "emit/source/effects.hpp"
#include "emit/source/source_text.hpp"
#include "emit/source/text.hpp"
#include "model/math_functions.hpp"
#include "model/model.hpp"

namespace kernelc::source {

using dotcompute::ScalarType;

class Routines;

/// A parameter of the kernel's entry.
struct EntryParameter {
  std::string type;
  std::string name;
  bool is_pointer = false;
};

/// The kernel's function, as its head is written.
struct Entry {
  std::string name;
  std::vector<EntryParameter> parameters;
  const model::GroupUse& group;
  const FunctionFacts& facts;

  /// In any dimension.
  [[nodiscard]] bool uses(model::Query query) const;

  /// Whether the text asks the language for the size of a group.
  [[nodiscard]] bool needs_group_size() const;
};

/// An atomic operation that is to be written in C.
struct AtomicCall {
  model::AtomicOperation op;
  ScalarType type;
  Space space;                           ///< Where the object lies.
  std::string pointer = {};              ///< To the object; binds as a unary operator does.
  std::vector<std::string> values = {};  ///< Of the object's type.
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  /// The language's word for a type of the model. A bool is one byte.
  [[nodiscard]] virtual std::string_view scalar(ScalarType type) const = 0;

  /// Before the type of what a pointer points to, with a blank behind it: "__global "; empty for none.
  [[nodiscard]] virtual std::string_view space(Space space) const = 0;

  /// Before a function that only the kernel calls, with a blank: "static ".
  [[nodiscard]] virtual std::string_view function_prefix() const = 0;

  /// Before a constant table, with a blank: "__constant ".
  [[nodiscard]] virtual std::string_view table_prefix() const = 0;

  /// The first lines: pragmas and the language's names for types. `index_type` follows.
  [[nodiscard]] virtual std::string preamble(const TextNeeds& needs) const = 0;

  /// What the language has for a known function of one parameter, as its body; empty if it runs its own.
  [[nodiscard]] virtual std::vector<std::string> native_body(model::KnownFunction, const std::string&) const {
    return {};
  }

  /// Before the name of the kernel's function, with a blank: "__kernel void ". It says the size of a group that the
  /// kernel insists on.
  [[nodiscard]] virtual std::string entry_prefix(const model::GroupUse& group) const = 0;

  /// The head of the kernel's function, up to the closing parenthesis.
  [[nodiscard]] virtual std::string entry_head(const Entry& entry) const;

  /// The work-item's position in this launch: an operand of a sum of 64 bits.
  [[nodiscard]] virtual std::string position(int dimension) const = 0;

  /// The work-item's position in its group, the group's in this launch, and the size of a group: operands.
  [[nodiscard]] virtual std::string local_position(int dimension) const = 0;
  [[nodiscard]] virtual std::string group_position(int dimension) const = 0;
  [[nodiscard]] virtual std::string group_size(int dimension) const = 0;

  /// Waits for the group, and orders its accesses to shared and to global memory: a call.
  [[nodiscard]] virtual std::string_view barrier() const = 0;

  /// Whether its compilers can be trusted with barriers under conditions and between jumps; see has_plain_barriers.
  [[nodiscard]] virtual bool takes_any_barrier() const { return true; }

  /// Before the declaration of an array of the group, which stands in the kernel's function: "__local ".
  [[nodiscard]] virtual std::string_view shared_prefix() const = 0;

  /// The most bytes of the arrays of a group that a text can ask for; 0 where that is up to the device.
  [[nodiscard]] virtual std::uint64_t most_shared_bytes() const { return 0; }

  /// A span's parameters end with its begin in bytes.
  [[nodiscard]] virtual bool has_begin() const { return false; }

  /// The work-items of a group have the entry's values in common: one that is written to needs a copy.
  [[nodiscard]] virtual bool shares_values() const { return false; }

  /// `T{...}` rather than `(T){...}`.
  [[nodiscard]] virtual bool is_cpp() const { return true; }

  /// "l" or "ll": after a number of 64 bits; "u" comes before it.
  [[nodiscard]] virtual std::string_view long_suffix() const { return "l"; }

  [[nodiscard]] virtual bool has_hexadecimal_floats() const { return true; }

  /// An infinity or NaN of the type. `is_constant`: for the initialiser of a table.
  [[nodiscard]] virtual std::string special_number(std::uint64_t bits, ScalarType type, bool is_constant) const = 0;

  /// A floating-point number to an integer, towards zero. Out of range it is any value and never a trap.
  [[nodiscard]] virtual std::string to_integer(const std::string& value, ScalarType from, ScalarType to,
                                               Routines& routines) const = 0;

  /// The same bits as another scalar type of the same size; neither is a bool.
  [[nodiscard]] virtual std::string same_bits(const std::string& value, ScalarType from, ScalarType to) const = 0;

  /// The ones in a uint or ulong, as an int; the zeros before its first one, all if there is none.
  [[nodiscard]] virtual std::string count_ones(const std::string& value, ScalarType type) const = 0;
  [[nodiscard]] virtual std::string count_leading_zeros(const std::string& value, ScalarType type) const = 0;

  /// A function of the math table on operands of type `operand`; a call of what the language has. Throws Refused if
  /// the language has no such function.
  [[nodiscard]] virtual std::string math(const model::MathFunction& function, ScalarType operand,
                                         const std::vector<std::string>& operands, Routines& routines) const = 0;

  /// An atomic operation by what the language has for the type; nothing where it has none, so that Routines makes it of
  /// others. Each language has `load`, `store`, `exchange` and `compare_exchange` for the unsigned integers. Throws
  /// Refused if no device of the language can do it.
  [[nodiscard]] virtual std::optional<std::string> atomic(const AtomicCall& call, Routines& routines) const = 0;

  /// Words that no name may be.
  [[nodiscard]] virtual bool (*reserved() const)(std::string_view) = 0;
};

/// The dialects.
[[nodiscard]] const Dialect& opencl_c();
[[nodiscard]] const Dialect& cuda_c();
[[nodiscard]] const Dialect& msl();

/// The definition of index_t, the type of sizes and indices in the entry's parameters.
inline constexpr std::string_view index_type =
    "#if DOTCOMPUTE_NARROW\n"
    "typedef uint index_t;\n"
    "#else\n"
    "typedef ulong index_t;\n"
    "#endif\n";

/// The unsigned integer type of the same width.
[[nodiscard]] ScalarType unsigned_of(ScalarType type);

/// An infinity or a NaN as a constant expression of C: a quotient. A NaN's payload is lost.
[[nodiscard]] std::string constant_special(std::uint64_t bits, ScalarType type);

/// A parameter list that is broken where a line would be longer than the text's width.
[[nodiscard]] std::string parameter_list(const std::string& head, const std::vector<std::string>& parameters);

}  // namespace kernelc::source
