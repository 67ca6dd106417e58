#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "tree.hpp"

namespace fuzz {

namespace {

std::string integer_literal(std::uint64_t bits, ScalarType type) {
  const unsigned width = static_cast<unsigned>(dotcompute::size_bytes(type)) * 8;
  const std::string name = spelling(*scalar_type(type));
  if (!is_signed(type)) {
    const std::uint64_t value = width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1);
    return type == ScalarType::uint32 ? fmt::format("{}u", value) : fmt::format("{}{{{}u}}", name, value);
  }
  const unsigned unused = 64 - width;
  const auto value = static_cast<std::int64_t>(bits << unused) >> unused;
  if (value == std::numeric_limits<std::int64_t>::min()) return "(-9223372036854775807 - 1)";
  if (type == ScalarType::int32 && value == std::numeric_limits<std::int32_t>::min()) return "(-2147483647 - 1)";
  if (type != ScalarType::int32) return fmt::format("{}{{{}}}", name, value);
  return value < 0 ? fmt::format("({})", value) : fmt::format("{}", value);
}

std::string literal(std::uint64_t bits, ScalarType type) {
  if (type == ScalarType::boolean) return (bits & 1) != 0 ? "true" : "false";
  if (!is_floating_point(type)) return integer_literal(bits, type);
  const bool is_float = type == ScalarType::float32;
  const double value = is_float ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                                : std::bit_cast<double>(bits);
  // Hexadecimal digits are the number itself.
  const std::string digits = fmt::format("{:a}{}", value, is_float ? "f" : "");
  return std::signbit(value) ? "(" + digits + ")" : digits;
}

class Writer {
 public:
  explicit Writer(const Kernel& kernel) : kernel_(kernel) {}

  std::string write(const std::string& name) {
    out_ = fmt::format("namespace {} {{\n", name);
    for (const TypePtr& type : kernel_.structs) structure(*type);
    for (const FunctionPtr& each : kernel_.functions) function(*each, "inline ", "");
    kernel();
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void line(const std::string& code) { out_ += std::string(2 * depth_, ' ') + code + "\n"; }

  void structure(const Type& type) {
    line("struct " + type.name + " {");
    ++depth_;
    for (const Field& field : type.fields) {
      if (field.type->is_plain) {
        line(fmt::format("{} {}[{}];", spelling(*field.type->element), field.name, field.type->count));
      } else {
        line(spelling(*field.type) + " " + field.name + ";");
      }
    }
    for (const FunctionPtr& method : type.methods) function(*method, "", " const");
    --depth_;
    line("};");
  }

  static std::string shared(const TypePtr& element, const std::string& declarator) {
    return fmt::format("dotcompute::SharedArray<{}, {}>{}", spelling(*element), Kernel::most_group_items, declarator);
  }

  static std::string parameters(const Function& function) {
    std::string all;
    for (const Parameter& each : function.parameters) all += (all.empty() ? "" : ", ") + parameter(each);
    return all;
  }

  static std::string parameter(const Parameter& parameter) {
    const std::string type = spelling(*parameter.type);
    switch (parameter.passing) {
      case Parameter::Passing::value: return type + " " + parameter.name;
      case Parameter::Passing::reference: return type + "& " + parameter.name;
      case Parameter::Passing::const_reference: return "const " + type + "& " + parameter.name;
      case Parameter::Passing::pointer: return type + "* " + parameter.name;
      case Parameter::Passing::span: return "std::span<const " + type + "> " + parameter.name;
      case Parameter::Passing::shared: return shared(parameter.type, "& " + parameter.name);
    }
    return {};
  }

  void function(const Function& function, const std::string& before, const std::string& after) {
    line(before + (function.result ? spelling(*function.result) : "void") + " " + function.name + "(" +
         parameters(function) + ")" + after + " {");
    if (function.is_of_group) place_in_group();
    list(function.body);
    line("}");
  }

  /// The item's number in its group, and how many there are.
  void place_in_group() {
    ++depth_;
    line("[[maybe_unused]] const std::size_t l = " + linear("local_id", "local_size") + ";");
    std::string items = "dotcompute::local_size<0>()";
    for (int d = 1; d < kernel_.dimensions; ++d) items += fmt::format(" * dotcompute::local_size<{}>()", d);
    line("[[maybe_unused]] const std::size_t items = " + items + ";");
    --depth_;
  }

  void kernel() {
    std::string parameters;
    for (const KernelSpan& span : kernel_.spans) {
      parameters += fmt::format("{}std::span<{}{}> {}", parameters.empty() ? "" : ", ", span.is_written ? "" : "const ",
                                spelling(*span.element), span.name);
    }
    for (const Parameter& value : kernel_.values) parameters += ", " + parameter(value);
    std::string group;
    if (kernel_.has_fixed_group) {
      group = fmt::format("DOTCOMPUTE_GROUP({}, {}, {}) ", kernel_.group[0], kernel_.group[1], kernel_.group[2]);
    }
    line(fmt::format("DOTCOMPUTE_KERNEL {}void kernel({}) {{", group, parameters));
    ++depth_;
    for (const SharedVariable& each : kernel_.shared) {
      line(shared(each.element, " " + each.name + ";"));
    }
    line("const std::size_t i = " + linear("global_id", "global_size") + ";");
    if (!kernel_.uses_group) line("if (i >= out0.size()) return;");
    --depth_;
    if (kernel_.uses_group) place_in_group();
    list(kernel_.body);
    line("}");
  }

  [[nodiscard]] std::string linear(std::string_view id, std::string_view size) const {
    std::string sum = fmt::format("dotcompute::{}<{}>()", id, kernel_.dimensions - 1);
    for (int d = kernel_.dimensions - 2; d >= 0; --d) {
      sum = fmt::format("dotcompute::{0}<{2}>() + dotcompute::{1}<{2}>() * ({3})", id, size, d, sum);
    }
    return sum;
  }

  void list(const StatementList& statements) {
    ++depth_;
    for (const StatementPtr& each : statements) statement(*each);
    --depth_;
  }

  void body(const std::string& head, const StatementPtr& child, const std::string& tail = "}") {
    line(head + " {");
    list(child->children);
    line(tail);
  }

  void statement(const Statement& s) {
    const auto type = [&] { return spelling(*s.type); };
    const auto expression = [&](std::size_t at) { return write(*s.expressions.at(at)); };
    switch (s.kind) {
      case StatementKind::declare: declare(s); break;
      case StatementKind::reference: line(type() + "& " + s.text + " = " + expression(0) + ";"); break;
      case StatementKind::pointer: line(type() + "* const " + s.text + " = &" + expression(0) + ";"); break;
      case StatementKind::evaluate: line(expression(0) + ";"); break;
      case StatementKind::choice:
        body("if (" + expression(0) + ")", s.children[0], s.children.size() > 1 ? "} else {" : "}");
        if (s.children.size() > 1) {
          list(s.children[1]->children);
          line("}");
        }
        break;
      case StatementKind::counted:
        body(fmt::format("for (int {0} = 0; {0} < {1}; ++{0})", s.text, s.bits), s.children[0]);
        break;
      case StatementKind::conditioned:
        line("int " + s.text + " = 0;");
        body(fmt::format("while ({}++ < {} && {})", s.text, s.bits, expression(0)), s.children[0]);
        break;
      case StatementKind::tested_last:
        line("int " + s.text + " = 0;");
        body("do", s.children[0], fmt::format("}} while (++{} < {} && {});", s.text, s.bits, expression(0)));
        break;
      case StatementKind::each:
        body("for (const " + type() + "& " + s.text + " : " + expression(0) + ")", s.children[0]);
        break;
      case StatementKind::selection:
        line("switch (" + expression(0) + ") {");
        list(s.children);
        line("}");
        break;
      case StatementKind::label:
        line((s.text == "default" ? "default" : fmt::format("case {}", s.bits)) + ": {");
        list(s.children);
        line("}");
        break;
      case StatementKind::leave: line("break;"); break;
      case StatementKind::skip: line("continue;"); break;
      case StatementKind::give_back: line(s.expressions.empty() ? "return;" : "return " + expression(0) + ";"); break;
      case StatementKind::block:
        line("{");
        list(s.children);
        line("}");
        break;
      case StatementKind::lambda:
        body(fmt::format("const auto {} = [{}]({}) -> {}", s.text, s.bits != 0 ? "&" : "=", parameters(*s.function),
                         s.function->result ? spelling(*s.function->result) : "void"),
             s.children[0], "};");
        break;
      case StatementKind::barrier: line("dotcompute::barrier();"); break;
      case StatementKind::guarded:
        line("if (i < out0.size()) {");
        list(s.children);
        line("}");
        break;
    }
  }

  void declare(const Statement& s) {
    const std::string value = s.expressions.empty() ? "" : write(*s.expressions[0]);
    line(spelling(*s.type) + " " + s.text + (value.empty() ? "{}" : " = " + value) + ";");
  }

  [[nodiscard]] std::string arguments(const Expression& e, std::size_t first) const {
    std::string all;
    for (std::size_t k = first; k < e.operands.size(); ++k) all += (k == first ? "" : ", ") + write(*e.operands[k]);
    return all;
  }

  [[nodiscard]] std::string write(const Expression& e) const {
    const auto operand = [&](std::size_t at) { return write(*e.operands.at(at)); };
    switch (e.kind) {
      case ExpressionKind::literal: return literal(e.bits, e.type->scalar);
      case ExpressionKind::variable: return e.text;
      case ExpressionKind::element: return fmt::format("{}[{} % {}]", operand(0), operand(1), e.bits);
      case ExpressionKind::own_element:
        if (e.bits == 0) return e.text + "[i]";
        return fmt::format("fuzz::own({}, {}, i)", e.text, e.bits);
      case ExpressionKind::span_element: return fmt::format("{0}[{1} % {0}.size()]", e.text, operand(0));
      case ExpressionKind::shared_own: return e.text + "[l]";
      case ExpressionKind::shared_any: return fmt::format("{}[{} % items]", e.text, operand(0));
      case ExpressionKind::member: return operand(0) + "." + e.text;
      case ExpressionKind::method: return operand(0) + "." + e.text + "(" + arguments(e, 1) + ")";
      case ExpressionKind::unary: return "(" + e.text + operand(0) + ")";
      case ExpressionKind::postfix: return "(" + operand(0) + e.text + ")";
      case ExpressionKind::binary: return "(" + operand(0) + " " + e.text + " " + operand(1) + ")";
      case ExpressionKind::conditional: return "(" + operand(0) + " ? " + operand(1) + " : " + operand(2) + ")";
      case ExpressionKind::cast: return "static_cast<" + spelling(*e.type) + ">(" + operand(0) + ")";
      case ExpressionKind::implicit: return operand(0);
      case ExpressionKind::call: return e.text + "(" + arguments(e, 0) + ")";
      case ExpressionKind::to_integer: return "fuzz::to_integer<" + spelling(*e.type) + ">(" + operand(0) + ")";
      case ExpressionKind::aggregate: return spelling(*e.type) + "{" + arguments(e, 0) + "}";
    }
    return {};
  }

  const Kernel& kernel_;
  std::string out_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string text(const Kernel& kernel, const std::string& name) { return Writer(kernel).write(name); }

std::string prelude() {
  return R"(#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <dotcompute/kernel.hpp>

namespace fuzz {
// The conversions that C++ defines; 0 for all others, whose values differ between devices.
template <class To, class From>
inline To to_integer(From x) {
  constexpr int bits = std::numeric_limits<To>::digits;
  constexpr From beyond = From(std::uint64_t{1} << (bits - 1)) * From(2);
  constexpr From least = std::is_signed_v<To> ? -beyond : From(0);
  return x >= least && x < beyond ? static_cast<To>(x) : To(0);
}
// A number's bits; those of a NaN differ between devices.
template <class T>
inline auto bits(T x) {
  if constexpr (std::is_same_v<T, float>) {
    return x == x ? std::bit_cast<std::uint32_t>(x) : 0u;
  } else if constexpr (std::is_same_v<T, double>) {
    return x == x ? std::bit_cast<std::uint64_t>(x) : std::uint64_t{0};
  } else {
    return x;
  }
}
// The sign of a NaN differs between devices.
template <class T>
inline T number(T x) {
  return x == x ? x : T(1);
}
// What is stored in half precision; the bits of a NaN differ between devices.
inline dotcompute::half to_half(float x) { return dotcompute::half(number(x)); }
// Any element of a span as one of a matrix, or of a part of it.
template <class T>
inline T in_matrix(std::span<const T> elements, std::size_t columns, std::size_t row, std::size_t column) {
  columns = columns % elements.size() + 1;
  const dotcompute::matrix_view<const T> all(elements, elements.size() / columns, columns);
  if (!all.contains(row, column)) return all(row % all.rows(), column % columns);
  return all.submatrix(row, column, all.rows() - row, columns - column)(0, columns - column - 1);
}
// As one of a volume, or of one of its planes.
template <class T>
inline T in_volume(std::span<const T> elements, std::size_t columns, std::size_t rows, std::size_t plane,
                   std::size_t row, std::size_t column) {
  columns = columns % elements.size() + 1;
  rows = rows % (elements.size() / columns) + 1;
  const dotcompute::volume_view<const T> all(elements, elements.size() / columns / rows, rows, columns);
  if (all.contains(plane, row, column)) return all.plane(plane)(row, column);
  return all(plane % all.planes(), row % rows, column % columns);
}
// An item's own element as one of a matrix.
template <class T>
inline T& own(std::span<T> elements, std::size_t columns, std::size_t i) {
  if (elements.size() % columns != 0) columns = elements.size();
  const dotcompute::matrix_view<T> all(elements, elements.size() / columns, columns);
  return all(i / columns, i % columns);
}
template <class T>
inline T clamped(T x, T a, T b) {
  return std::clamp(x, std::min(a, b), std::max(a, b));
}
template <class T>
inline T least(T a, T b, T c) {
  return std::min({a, b, c});
}
}  // namespace fuzz

)";
}

}  // namespace fuzz
