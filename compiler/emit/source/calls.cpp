#include <algorithm>

#include "emit/source/function_writer.hpp"
#include "model/math_functions.hpp"

namespace kernelc::source {

namespace {

struct Classification {
  std::string_view function;
  std::string_view word;  // of a function of ours, or an operator
  bool is_operator;
};

constexpr Classification classifications[] = {
    {"isnan", "is_nan", false},
    {"isinf", "is_infinite", false},
    {"isfinite", "is_finite", false},
    {"isnormal", "is_normal", false},
    {"signbit", "sign_bit", false},
    {"isgreater", ">", true},
    {"isgreaterequal", ">=", true},
    {"isless", "<", true},
    {"islessequal", "<=", true},
    {"islessgreater", "is_less_or_greater", false},
    {"isunordered", "is_unordered", false},
};

ScalarType floating_operand(const model::MathCall& call) {
  for (const model::Expression* argument : call.arguments) {
    if (argument->type->is_floating()) return argument->type->scalar;
  }
  return ScalarType::float64;
}

}  // namespace

std::vector<std::string> FunctionWriter::arguments(const std::vector<E>& sources) {
  const std::vector<Text> texts = operands(sources);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Text text = texts[i].is_index ? texts[i] : exact(texts[i], *sources[i]->type);
    result.push_back(pointer_value(text, sources[i]).code);
  }
  return result;
}

std::string FunctionWriter::call_code(std::size_t clone, std::vector<std::string> arguments) {
  const FunctionFacts& facts = shop_.facts.of(*shop_.spaces.clones[clone].function);
  for_each_hidden(facts, [&](model::Query query, int d) { arguments.push_back(queries_(query, d)); });
  if (facts.uses_published) arguments.push_back(variables_.at(shop_.group.published));
  std::string list;
  for (const std::string& argument : arguments) list += (list.empty() ? "" : ", ") + argument;
  return shop_.functions[clone] + "(" + list + ")";
}

Text FunctionWriter::call(const model::Call& source, E expression) {
  Text result{.code = call_code(clone_.callees.at(expression), arguments(source.arguments))};
  if (!shop_.facts.of(*source.callee).writes_memory) return result;
  if (expression->type->kind == model::TypeKind::nothing) {
    add(result.code + ";");
    return {};
  }
  return keep(expression, std::move(result));
}

Text FunctionWriter::math(const model::MathCall& call, E expression) {
  const model::Type& type = *expression->type;
  if (model::is_integer_function(call.function)) return integer_function(call.function, call.arguments[0], type);
  bool is_float = false;
  const model::MathFunction& function = model::math_function(call.function, is_float);
  if (function.signature[0] == 'b') return classification(call.function, call.arguments, type);
  const std::vector<std::string> list = arguments(call.arguments);
  const ScalarType operand = floating_operand(call);
  Text result;
  if (function.name == "fmin" || function.name == "fmax") {
    const std::string name =
        function.name == "fmin" ? shop_.routines.minimum(operand) : shop_.routines.maximum(operand);
    result.code = name + "(" + list[0] + ", " + list[1] + ")";
  } else {
    shop_.line = expression->line != 0 ? expression->line : shop_.line;
    result.code = dialect_.math(function, operand, list, shop_.routines);
  }
  return effects_.of(*expression).writes_memory ? keep(expression, std::move(result)) : result;
}

Text FunctionWriter::integer_function(const std::string& name, E operand, const model::Type& type) {
  const model::Type& of = *operand->type;
  Text text = exact(operand);
  if (name == "abs") return {.code = shop_.routines.absolute(of.scalar) + "(" + text.code + ")"};
  const ScalarType own = unsigned_of(of.scalar);
  if (name == "bswap") return convert({.code = shop_.routines.swap_bytes(own) + "(" + text.code + ")"}, of, type);
  // Narrow numbers are counted in 32 bits, which has more zeros at the front and more at the back of nothing.
  const bool is_narrow = of.size < 4;
  const ScalarType counted = is_narrow ? ScalarType::uint32 : own;
  const std::string narrow =
      of.is_signed() || is_narrow ? "(" + types_.scalar(own) + ")" + within(text, Precedence::unary) : text.code;
  const std::string bits = std::to_string(of.bits());
  Text result;
  if (name == "popcount") {
    result.code = dialect_.count_ones(is_narrow ? "(" + types_.scalar(counted) + ")" + narrow : narrow, counted);
  } else if (name == "clz") {
    result.code =
        dialect_.count_leading_zeros(is_narrow ? "(" + types_.scalar(counted) + ")" + narrow : narrow, counted);
    if (is_narrow)
      result = {.code = result.code + " - " + std::to_string(32 - of.bits()), .precedence = Precedence::sum};
  } else {
    const std::string end = is_narrow ? "(" + types_.scalar(counted) + ")" + narrow + " | 1u << " + bits : narrow;
    result.code = shop_.routines.count_trailing_zeros(counted) + "(" + end + ")";
  }
  if (type.scalar == ScalarType::int32) return result;
  return {.code = "(" + types_.name(type) + ")" + within(result, Precedence::unary), .precedence = Precedence::unary};
}

Text FunctionWriter::classification(const std::string& name, const std::vector<E>& sources, const model::Type& type) {
  std::vector<Text> list = operands(sources);
  const ScalarType of = sources[0]->type->scalar;
  const auto* entry = std::find_if(std::begin(classifications), std::end(classifications),
                                   [&](const Classification& known) { return known.function == name; });
  const std::string word(entry->word);
  Text result;
  if (entry->is_operator) {
    result = {.code = within(list[0], Precedence::sum) + " " + word + " " + within(list[1], Precedence::sum),
              .precedence = Precedence::comparison};
  } else {
    const std::string rest = list.size() > 1 ? ", " + list[1].code : "";
    result.code = shop_.routines.classification(word, of) + "(" + list[0].code + rest + ")";
  }
  if (type.is_bool()) return result;
  return {.code = "(" + types_.name(type) + ")" + within(result, Precedence::unary), .precedence = Precedence::unary};
}

/// The truth of a classification that C++ has as an int; nothing for any other expression.
std::optional<Text> FunctionWriter::truth(E expression) {
  const auto* call = std::get_if<model::MathCall>(&expression->node);
  if (call == nullptr || model::is_integer_function(call->function)) return std::nullopt;
  bool is_float = false;
  if (model::math_function(call->function, is_float).signature[0] != 'b') return std::nullopt;
  static const model::Type boolean{.kind = model::TypeKind::scalar, .scalar = ScalarType::boolean, .size = 1};
  return classification(call->function, call->arguments, boolean);
}

Text FunctionWriter::grid_query(const model::GridQuery& query, const model::Type& type) {
  const bool is_size = query.query == model::Query::local_size;
  if (is_size && shop_.group.is_fixed()) return number(shop_.group.fixed_size[query.dimension], type);
  const bool is_index = is_kernel_ && query.query == model::Query::global_size;
  return {.code = queries_(query.query, query.dimension), .is_index = is_index, .is_stable = true};
}

}  // namespace kernelc::source
