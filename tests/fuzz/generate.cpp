#include "generate.hpp"

#include <array>

#include "generator.hpp"

namespace fuzz {

ScalarType Generator::any_scalar() {
  constexpr std::array types = {ScalarType::boolean, ScalarType::int8,   ScalarType::int16,  ScalarType::int32,
                                ScalarType::int64,   ScalarType::uint8,  ScalarType::uint16, ScalarType::uint32,
                                ScalarType::uint64,  ScalarType::int32,  ScalarType::uint32, ScalarType::float32,
                                ScalarType::float32, ScalarType::float64};
  const ScalarType type = random_.pick(types);
  return type == ScalarType::float64 && !features_.doubles ? ScalarType::float32 : type;
}

TypePtr Generator::any_type(int depth) {
  if (features_.halves && random_.chance(6)) return half_type();
  const std::uint64_t kind = random_.below(20);
  if (kind >= 16 && depth > 0) {
    TypePtr element = any_type(depth - 2);
    if (element->kind != Type::Kind::array) return array_type(std::move(element), 2 + random_.below(3));
  }
  if (kind >= 12 && !kernel_.structs.empty()) return random_.pick(kernel_.structs);
  return scalar_type(any_scalar());
}

void Generator::structures() {
  const std::uint64_t count = random_.below(3);
  for (std::uint64_t k = 0; k < count; ++k) {
    Type type;
    type.kind = Type::Kind::structure;
    type.name = "S" + std::to_string(k);
    const std::uint64_t fields = 1 + random_.below(4);
    for (std::uint64_t f = 0; f < fields; ++f) {
      TypePtr field = any_type(1);
      if (field->kind == Type::Kind::array && random_.chance(70))
        field = plain_array_type(field->element, field->count);
      type.fields.push_back({"f" + std::to_string(f), std::move(field)});
    }
    if (random_.chance(50)) add_method(type, static_cast<int>(k));
    if (random_.chance(40)) add_operator(type);
    kernel_.structs.push_back(std::make_shared<const Type>(std::move(type)));
  }
}

/// A const member that computes with the fields.
void Generator::add_method(Type& structure, int number) {
  const std::vector<Variable> outside = std::exchange(scope_, {});
  for (const Field& field : structure.fields) scope_.push_back({field.name, field.type, "this", false, false});
  Function method;
  method.name = "m" + std::to_string(number);
  method.result = scalar_type(any_scalar());
  method.parameters.push_back({"x", scalar_type(any_scalar()), Parameter::Passing::value});
  scope_.push_back({"x", method.parameters[0].type, "x", true, false});
  method.body = statements(random_.below(2), {.depth = 1, .may_return = true, .result = method.result});
  ExpressionPtr result = complete([&] { return value(method.result->scalar, 3); });
  method.body.push_back(make_statement(StatementKind::give_back, {std::move(result)}));
  structure.methods.push_back(std::make_shared<const Function>(std::move(method)));
  scope_ = outside;
  lambdas_.clear();
}

/// An operator of two objects, which makes one or compares.
void Generator::add_operator(Type& structure) {
  constexpr std::array names = {"operator+", "operator-", "operator*", "operator==", "operator<"};
  const std::vector<Variable> outside = std::exchange(scope_, {});
  const auto self = std::make_shared<const Type>(structure);
  for (const Field& field : structure.fields) scope_.push_back({field.name, field.type, "this", false, false});
  scope_.push_back({"other", self, "other", false, false});
  Function function;
  function.name = random_.pick(names);
  const bool compares = function.name == "operator==" || function.name == "operator<";
  function.result = compares ? scalar_type(ScalarType::boolean) : self;
  function.parameters.push_back({"other", self, Parameter::Passing::const_reference});
  ExpressionPtr result = complete([&] { return whole(function.result, 3); });
  function.body.push_back(make_statement(StatementKind::give_back, {std::move(result)}));
  structure.methods.push_back(std::make_shared<const Function>(std::move(function)));
  scope_ = outside;
  lambdas_.clear();
}

Parameter Generator::parameter(int number) {
  constexpr std::array ways = {
      Parameter::Passing::value,     Parameter::Passing::value,           Parameter::Passing::reference,
      Parameter::Passing::reference, Parameter::Passing::const_reference, Parameter::Passing::pointer,
      Parameter::Passing::span};
  Parameter parameter{"p" + std::to_string(number), any_type(1), random_.pick(ways)};
  if (parameter.passing == Parameter::Passing::span && parameter.type->kind == Type::Kind::array) {
    parameter.type = scalar_type(any_scalar());
  }
  return parameter;
}

void Generator::functions() {
  const std::uint64_t count = random_.below(3);
  for (std::uint64_t k = 0; k < count; ++k) {
    leave({0, 0});
    spans_.clear();
    turns_ = 4;
    Function function;
    function.name = "h" + std::to_string(k);
    if (random_.chance(75)) function.result = random_.chance(80) ? scalar_type(any_scalar()) : any_type(1);
    const std::uint64_t parameters = 1 + random_.below(3);
    for (std::uint64_t p = 0; p < parameters; ++p) {
      const Parameter& each = function.parameters.emplace_back(parameter(static_cast<int>(p)));
      if (each.passing == Parameter::Passing::span) {
        spans_.push_back({each.name, each.type, false});
        continue;
      }
      const bool is_pointer = each.passing == Parameter::Passing::pointer;
      scope_.push_back({is_pointer ? "(*" + each.name + ")" : each.name, each.type, each.name,
                        each.passing != Parameter::Passing::const_reference, false});
    }
    function.body = statements(1 + random_.below(3), {.depth = 1, .may_return = true, .result = function.result});
    if (function.result) {
      ExpressionPtr result = complete([&] { return whole(function.result, 3); });
      function.body.push_back(make_statement(StatementKind::give_back, {std::move(result)}));
    }
    kernel_.functions.push_back(std::make_shared<const Function>(std::move(function)));
  }
  const std::uint64_t of_groups = kernel_.uses_group ? random_.below(3) : 0;
  for (std::uint64_t k = 0; k < of_groups; ++k) {
    kernel_.functions.push_back(std::make_shared<const Function>(group_function(static_cast<int>(k))));
  }
  turns_ = 1;
  leave({0, 0});
}

/// A function with barriers. A shared array comes in and goes out with each item at its own element.
Function Generator::group_function(int number) {
  leave({0, 0});
  spans_.clear();
  turns_ = 4;
  in_kernel_ = true;
  Function function;
  function.name = "g" + std::to_string(number);
  function.is_of_group = true;
  if (random_.chance(70)) function.result = scalar_type(any_scalar());
  const std::uint64_t parameters = 1 + random_.below(2);
  for (std::uint64_t p = 0; p < parameters; ++p) {
    const auto passing = random_.chance(60) ? Parameter::Passing::value : Parameter::Passing::reference;
    const Parameter& each = function.parameters.emplace_back(Parameter{"p" + std::to_string(p), any_type(1), passing});
    scope_.push_back({each.name, each.type, each.name, true, false});
  }
  if (!kernel_.shared.empty() && random_.chance(60)) {
    const TypePtr element = random_.pick(kernel_.shared).element;
    function.parameters.push_back({"p9", element, Parameter::Passing::shared});
    shared_ = {{"p9", element}};
    shared_use_["p9"] = SharedUse::own;
    scope_.push_back({"p9[l]", element, "p9", true, false});
  }
  function.body = group_block(2 + random_.below(3), 1, false)->children;
  if (function.result) {
    ExpressionPtr result = complete([&] { return whole(function.result, 2); });
    function.body.push_back(make_statement(StatementKind::give_back, {std::move(result)}));
  }
  shared_.clear();
  shared_use_.clear();
  in_kernel_ = false;
  return function;
}

void Generator::parameters() {
  constexpr std::array results = {ScalarType::uint32, ScalarType::uint64, ScalarType::int32, ScalarType::int64};
  const auto element = [&] {
    TypePtr type = any_type(0);
    return type;
  };
  const std::uint64_t inputs = 1 + random_.below(2);
  for (std::uint64_t k = 0; k < inputs; ++k) kernel_.spans.push_back({"in" + std::to_string(k), element(), false});
  kernel_.spans.push_back({"out0", scalar_type(random_.pick(results)), true});
  if (random_.chance(50)) kernel_.spans.push_back({"out1", element(), true});
  if (features_.atomics && random_.chance(25)) {
    constexpr std::array counters = {ScalarType::int32, ScalarType::uint32, ScalarType::int64, ScalarType::uint64};
    kernel_.spans.push_back({"count", scalar_type(random_.pick(counters)), true});
  }
  constexpr std::array<const char*, 6> operations = {"add", "min", "max", "and", "or", "xor"};
  atomic_operation_ = std::string("dotcompute::atomic_") + random_.pick(operations);
  const std::uint64_t values = random_.below(3);
  for (std::uint64_t k = 0; k < values; ++k) {
    const Parameter value{"a" + std::to_string(k), element(), Parameter::Passing::value};
    kernel_.values.push_back(value);
    // Of a struct that is used by address, kernelc does not see that it is the same for all items.
    scope_.push_back({value.name, value.type, value.name, false, value.type->is_scalar()});
  }
  spans_ = kernel_.spans;
  for (const KernelSpan& span : kernel_.spans) {
    if (span.is_written && span.name != "count")
      scope_.push_back({span.name + "[i]", span.element, span.name, true, false});
  }
}

/// The size of the spans, the grid that covers them, and the groups.
void Generator::launch() {
  constexpr std::array<std::uint64_t, 10> sizes = {1, 2, 7, 33, 64, 65, 100, 130, 200, 257};
  constexpr std::array<std::array<std::uint64_t, 3>, 12> groups = {{{1, 1, 1},
                                                                    {3, 1, 1},
                                                                    {8, 1, 1},
                                                                    {32, 1, 1},
                                                                    {33, 1, 1},
                                                                    {64, 1, 1},
                                                                    {8, 8, 1},
                                                                    {5, 3, 1},
                                                                    {16, 2, 1},
                                                                    {1, 32, 1},
                                                                    {4, 4, 4},
                                                                    {3, 2, 5}}};
  kernel_.size = random_.pick(sizes);
  kernel_.dimensions = random_.chance(60) ? 1 : random_.chance(60) ? 2 : 3;
  kernel_.grid[0] = kernel_.size + random_.below(3);
  if (kernel_.dimensions > 1) {
    const std::uint64_t rows = 1 + random_.below(5);
    const std::uint64_t planes = kernel_.dimensions == 3 ? 1 + random_.below(3) : 1;
    kernel_.grid[0] = (kernel_.size + rows * planes - 1) / (rows * planes);
    kernel_.grid[1] = rows;
    kernel_.grid[2] = planes;
  }
  kernel_.uses_group = features_.groups && random_.chance(45);
  if (!kernel_.uses_group) return;
  const auto fits = [&](const auto& group) {
    return (kernel_.dimensions > 1 || group[1] == 1) && (kernel_.dimensions > 2 || group[2] == 1);
  };
  std::array<std::uint64_t, 3> group = random_.pick(groups);
  while (!fits(group)) group = random_.pick(groups);
  for (std::size_t d = 0; d < 3; ++d) kernel_.group[d] = group[d];
  kernel_.has_fixed_group = random_.chance(30);
  const std::uint64_t shared = random_.below(3);
  for (std::uint64_t k = 0; k < shared; ++k) kernel_.shared.push_back({"s" + std::to_string(k), any_type(0)});
}

/// Whatever is left in variables goes into the result.
void Generator::results(StatementList& list) {
  const ExpressionPtr own = pinned(place_of_result());
  const TypePtr type = own->type;
  const auto add = [&](ExpressionPtr number) {
    const ScalarType from = number->type->scalar;
    const ScalarType bits = from == ScalarType::float32   ? ScalarType::uint32
                            : from == ScalarType::float64 ? ScalarType::uint64
                                                          : from;
    ExpressionPtr scaled =
        make(ExpressionKind::binary, type, "*", {own, pinned(make(ExpressionKind::literal, type, {}, {}, 31))});
    number = make(ExpressionKind::call, scalar_type(bits), "fuzz::bits", {pinned(std::move(number))});
    ExpressionPtr sum = make(ExpressionKind::binary, scalar_type(common_type(type->scalar, bits)), "+",
                             {std::move(scaled), std::move(number)});
    sum = make(ExpressionKind::cast, type, {}, {std::move(sum)});
    list.push_back(
        make_statement(StatementKind::evaluate, {make(ExpressionKind::binary, type, "=", {own, std::move(sum)})}));
  };
  const auto visit = [&](const auto& self, const ExpressionPtr& at) -> void {
    if (at->type->is_scalar()) return add(at);
    if (at->type->kind == Type::Kind::half) {
      return add(make(ExpressionKind::cast, scalar_type(ScalarType::float32), {}, {at}));
    }
    if (at->type->kind == Type::Kind::structure) {
      for (const Field& field : at->type->fields) {
        self(self, make(ExpressionKind::member, field.type, field.name, {at}));
      }
      return;
    }
    for (std::uint64_t k = 0; k < at->type->count; ++k) {
      ExpressionPtr index = number(k, ScalarType::uint32);
      self(self, make(ExpressionKind::element, at->type->element, {}, {at, index}, at->type->count));
    }
  };
  for (const Variable& each : scope_) {
    const bool is_result = each.is_writable || each.name.starts_with("u");
    if (each.name != each.root || !is_result) continue;
    visit(visit, make(ExpressionKind::variable, each.type, each.name, {}));
  }
}

void Generator::body() {
  in_kernel_ = true;
  has_items_ = true;
  shared_ = kernel_.shared;
  if (!kernel_.uses_group) {
    is_active_ = true;
    kernel_.body = statements(2 + random_.below(5), {.depth = 2, .may_return = true});
    results(kernel_.body);
    return;
  }
  StatementList list = statements(1 + random_.below(2), {.depth = 1});
  fill_shared(list);
  StatementList rest = group_statements(3 + random_.below(4), 2, false);
  list.insert(list.end(), rest.begin(), rest.end());
  StatementList last;
  results(last);
  is_active_ = true;
  for (const SharedVariable& each : kernel_.shared) {
    if (!each.element->is_scalar()) continue;
    if (shared_use_.at(each.name) == SharedUse::atomic) continue;
    const bool is_readable = shared_use_.at(each.name) == SharedUse::read;
    ExpressionPtr from = is_readable ? make(ExpressionKind::shared_any, each.element, each.name, {index(2)})
                                     : make(ExpressionKind::shared_own, each.element, each.name, {});
    from = complete([&] { return converted(from, ScalarType::uint32); });
    ExpressionPtr own = pinned(place_of_result());
    const TypePtr type = own->type;
    ExpressionPtr sum = make(ExpressionKind::binary, type, "+=", {own, std::move(from)});
    last.push_back(make_statement(StatementKind::evaluate, {std::move(sum)}));
  }
  list.push_back(make_statement(StatementKind::guarded, {}, std::move(last)));
  kernel_.body = std::move(list);
}

/// The item's own element of the first result.
ExpressionPtr Generator::place_of_result() const {
  for (const KernelSpan& span : kernel_.spans) {
    if (span.name == "out0") return make(ExpressionKind::own_element, span.element, span.name, {});
  }
  return nullptr;
}

Kernel Generator::kernel() {
  structures();
  launch();
  functions();
  parameters();
  body();
  return std::move(kernel_);
}

Kernel generate(std::uint64_t seed, const Features& features) { return Generator(seed, features).kernel(); }

}  // namespace fuzz
