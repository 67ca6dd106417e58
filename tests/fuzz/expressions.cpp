// What expressions are made of: places, literals, calls, conversions.

#include <algorithm>
#include <array>
#include <bit>

#include "generator.hpp"

namespace fuzz {

ExpressionPtr make(ExpressionKind kind, TypePtr type, std::string text, std::vector<ExpressionPtr> operands,
                   std::uint64_t bits) {
  return std::make_shared<const Expression>(
      Expression{kind, std::move(type), std::move(text), bits, std::move(operands)});
}

ExpressionPtr pinned(ExpressionPtr expression) {
  Expression copy = *expression;
  copy.is_pinned = true;
  return std::make_shared<const Expression>(std::move(copy));
}

ExpressionPtr number(std::uint64_t bits, ScalarType type) {
  return make(ExpressionKind::literal, scalar_type(type), {}, {}, bits);
}

/// The value as another type, as C++ would convert it where that is defined.
ExpressionPtr Generator::converted(ExpressionPtr expression, ScalarType type, bool may_be_implicit) {
  const ScalarType from = expression->type->scalar;
  if (from == type) return expression;
  if (is_floating_point(from) && is_integer(type)) {
    return make(ExpressionKind::to_integer, scalar_type(type), {}, {std::move(expression)});
  }
  const bool is_implicit = may_be_implicit && random_.chance(60);
  return make(is_implicit ? ExpressionKind::implicit : ExpressionKind::cast, scalar_type(type), {},
              {std::move(expression)});
}

ExpressionPtr Generator::value(ScalarType type, int depth) {
  if (depth <= 0 || random_.chance(10)) return leaf(type);
  if (type == ScalarType::boolean && random_.chance(80)) return truth(depth);
  switch (random_.below(15)) {
    case 0:
    case 1:
    case 2: return arithmetic(type, depth);
    case 3: return division(type, depth);
    case 4: return shift(type, depth);
    case 5: return bitwise(type, depth);
    case 6: return unary(type, depth);
    case 7: return conditional(type, depth);
    case 8: return is_floating_point(type) ? mathematics(type, depth) : integer_function(type, depth);
    case 9: return chosen(type, depth);
    case 10: return call(type, depth);
    case 11: return converted(value(any_scalar(), depth - 1), type);
    case 12: return with_effect(type, depth);
    case 13: return method_call(type, depth);
    default: return leaf(type);
  }
}

ExpressionPtr Generator::leaf(ScalarType type) {
  switch (random_.below(10)) {
    case 0: return literal(type);
    case 1:
    case 2: return span_read(type);
    case 3: return shared_read(type);
    case 4: return query(type);
    default:
      if (ExpressionPtr found = place(type, false)) return found;
      // Another number that is there.
      for (int attempt = 0; attempt < 3; ++attempt) {
        if (ExpressionPtr found = place(any_scalar(), false)) return converted(std::move(found), type);
      }
      return random_.chance(50) ? span_read(type) : literal(type);
  }
}

ExpressionPtr Generator::literal(ScalarType type) {
  if (type == ScalarType::boolean) return number(random_.below(2), type);
  if (is_floating_point(type)) {
    constexpr std::array<double, 10> interesting = {0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 1e-3, 16777217.0, -255.5, 4e9};
    const double chosen = random_.chance(50) ? random_.pick(interesting)
                                             : static_cast<double>(static_cast<std::int64_t>(random_.bits())) / 1e15;
    if (type == ScalarType::float64) return number(std::bit_cast<std::uint64_t>(chosen), type);
    return number(std::bit_cast<std::uint32_t>(static_cast<float>(chosen)), type);
  }
  const unsigned width = static_cast<unsigned>(dotcompute::size_bytes(type)) * 8;
  switch (random_.below(6)) {
    case 0: return number(0 - random_.below(3), type);
    case 1: return number((std::uint64_t{1} << (width - 1)) - random_.below(2), type);  // the ends of the range
    case 2: return number(std::uint64_t{1} << random_.below(width), type);
    case 3: return number(random_.bits(), type);
    default: return number(random_.below(20), type);
  }
}

/// An index of unknown size, unsigned.
ExpressionPtr Generator::index(int depth) {
  const bool may_have_effects = std::exchange(may_have_effects_, false);
  const ScalarType type = random_.chance(50) ? ScalarType::uint32 : ScalarType::uint64;
  ++index_depth_;
  ExpressionPtr result;
  if (index_depth_ > 1) {  // an index of an index is short, or kernels would have no end
    result = random_.chance(50) ? query(type) : literal(type);
  } else {
    result = random_.chance(40) ? query(type) : value(type, depth);
  }
  --index_depth_;
  may_have_effects_ = may_have_effects;
  return result;
}

/// A number inside an object; an index into an array on the way is random.
ExpressionPtr Generator::some_number(ExpressionPtr at) {
  while (!at->type->is_scalar()) {
    if (at->type->kind == Type::Kind::half) {
      // Nor through a conversion, which is a member function.
      if (only_uniform_) return literal(ScalarType::float32);
      return make(ExpressionKind::cast, scalar_type(ScalarType::float32), {}, {at});
    }
    if (at->type->kind == Type::Kind::array) {
      // kernelc does not see through the functions of std::array that all items get the same.
      if (only_uniform_ && !at->type->is_plain) return literal(ScalarType::int32);
      const std::uint64_t count = at->type->count;
      at = make(ExpressionKind::element, at->type->element, {}, {at, index(1)}, count);
    } else {
      const Field& field = random_.pick(at->type->fields);
      at = make(ExpressionKind::member, field.type, field.name, {at});
    }
  }
  return at;
}

/// A number inside the variable, if the one that is met has the type.
ExpressionPtr Generator::drill(const Variable& variable, ScalarType type, bool is_written) {
  ExpressionPtr at = make(ExpressionKind::variable, variable.type, variable.name, {});
  if (variable.name.ends_with("[i]")) {
    at = own_element(variable);
  } else if (variable.name.ends_with("[l]")) {
    at = make(ExpressionKind::shared_own, variable.type, variable.root, {});
  }
  at = some_number(std::move(at));
  const bool is_place = at->kind != ExpressionKind::cast;  // a half is none
  return at->type->scalar == type && (is_place || !is_written) ? at : nullptr;
}

/// The item's own element of a span, now and then as a place in a matrix.
ExpressionPtr Generator::own_element(const Variable& variable) {
  return make(ExpressionKind::own_element, variable.type, variable.root, {},
              random_.chance(15) ? 1 + random_.below(9) : 0);
}

bool Generator::is_usable(const Variable& variable, bool is_written) const {
  if (variable.name.ends_with("[l]") && shared_use_.at(variable.root) != SharedUse::own) return false;
  if (variable.name.ends_with("[i]") && !is_active_) return false;
  if (!is_written) return !forbidden_.writes.contains(variable.root);
  return variable.is_writable && !forbidden_.writes.contains(variable.root) &&
         !forbidden_.reads.contains(variable.root);
}

/// A number of the type in a variable; null if there is none that may be used.
ExpressionPtr Generator::place(ScalarType type, bool is_written) {
  for (int attempt = 0; attempt < 8 && !scope_.empty(); ++attempt) {
    const Variable variable = random_.pick(scope_);
    if (only_uniform_ && !variable.is_uniform) continue;
    if (variable.type->is_scalar() && variable.type->scalar != type) continue;
    if (!is_usable(variable, is_written)) continue;
    // Its indices must not use what is to be written.
    const Effects forbidden = forbidden_;
    if (is_written) forbidden_.writes.insert(variable.root);
    ExpressionPtr found = drill(variable, type, is_written);
    forbidden_ = forbidden;
    if (!found) continue;
    (is_written ? effects_.writes : effects_.reads).insert(variable.root);
    return found;
  }
  return nullptr;
}

/// A whole object of the type; null if there is none that may be used.
ExpressionPtr Generator::object(const TypePtr& type, bool is_written) {
  if (only_uniform_) return nullptr;
  const std::string wanted = spelling(*type);
  for (int attempt = 0; attempt < 8 && !scope_.empty(); ++attempt) {
    const Variable variable = random_.pick(scope_);
    if (!is_usable(variable, is_written)) continue;
    if (spelling(*variable.type) != wanted) continue;
    (is_written ? effects_.writes : effects_.reads).insert(variable.root);
    if (variable.name.ends_with("[i]")) return own_element(variable);
    if (variable.name.ends_with("[l]")) return make(ExpressionKind::shared_own, type, variable.root, {});
    return make(ExpressionKind::variable, type, variable.name, {});
  }
  return nullptr;
}

/// A value of any type.
ExpressionPtr Generator::whole(const TypePtr& type, int depth) {
  if (type->is_scalar()) return value(type->scalar, depth);
  if (random_.chance(50)) {
    if (ExpressionPtr found = object(type, false)) return found;
  }
  // A helper that gives one back.
  for (int attempt = 0; attempt < 2 && depth > 0 && !kernel_.functions.empty() && may_have_effects_; ++attempt) {
    const FunctionPtr function = random_.pick(kernel_.functions);
    if (!function->result || function->is_of_group || spelling(*function->result) != spelling(*type)) continue;
    if (ExpressionPtr found = call_of(*function, depth - 1)) return found;
  }
  if (type->kind == Type::Kind::half) {
    ExpressionPtr number = value(ScalarType::float32, depth - 1);
    return make(ExpressionKind::call, type, "fuzz::to_half", {std::move(number)});
  }
  if (depth > 0 && random_.chance(50)) {
    for (const char* name : {"+", "-", "*"}) {
      if (ExpressionPtr made = operation_of(type, name, depth)) return made;
    }
  }
  // What one element writes, no other one uses.
  const auto element = [&](const TypePtr& each) { return whole(each, depth - 1); };
  std::vector<ExpressionPtr> operands;
  const auto add = [&](const TypePtr& each) {
    if (operands.empty()) {
      operands.push_back(element(each));
      return;
    }
    forbidden_.add(effects_);
    operands.push_back(element(each));
  };
  const Effects forbidden = forbidden_;
  const Effects before = std::exchange(effects_, {});
  if (type->kind == Type::Kind::array) {
    for (std::uint64_t k = 0; k < type->count; ++k) add(type->element);
  } else {
    for (const Field& field : type->fields) {
      // The braces of an array inside are left out.
      const bool is_array = field.type->kind == Type::Kind::array;
      for (std::uint64_t k = 0; k < (is_array ? field.type->count : 1); ++k) {
        add(is_array ? field.type->element : field.type);
      }
    }
  }
  forbidden_ = forbidden;
  effects_.add(before);
  return make(ExpressionKind::aggregate, type, {}, std::move(operands));
}

/// `left op right` of two objects of a struct that has the operator; null for any other one.
ExpressionPtr Generator::operation_of(const TypePtr& structure, const std::string& name, int depth) {
  for (const FunctionPtr& method : structure->methods) {
    if (method->name != "operator" + name) continue;
    const auto operand = [&] { return whole(structure, depth - 1); };
    auto [left, right] = unordered(operand, operand);
    return make(ExpressionKind::binary, method->result, name, {left, right});
  }
  return nullptr;
}

/// An element of a span as one of a matrix or of a volume, by value.
ExpressionPtr Generator::in_view(const KernelSpan& span) {
  const bool is_matrix = random_.chance(60);
  std::vector<ExpressionPtr> operands = {pinned(make(ExpressionKind::variable, span.element, span.name, {}))};
  for (int k = 0; k < (is_matrix ? 3 : 5); ++k) operands.push_back(index(1));
  return make(ExpressionKind::call, span.element, is_matrix ? "fuzz::in_matrix" : "fuzz::in_volume",
              std::move(operands));
}

/// A number in any element of a span that is only read.
ExpressionPtr Generator::span_read(ScalarType type) {
  for (int attempt = 0; attempt < 4 && !spans_.empty(); ++attempt) {
    const KernelSpan span = random_.pick(spans_);
    if (span.is_written || (span.element->is_scalar() && span.element->scalar != type)) continue;
    ExpressionPtr at = !only_uniform_ && random_.chance(15)
                           ? in_view(span)
                           : make(ExpressionKind::span_element, span.element, span.name, {index(1)});
    return converted(some_number(std::move(at)), type);
  }
  return literal(type);
}

ExpressionPtr Generator::shared_read(ScalarType type) {
  if (only_uniform_ || shared_.empty()) return span_read(type);
  const SharedVariable shared = random_.pick(shared_);
  const auto use = shared_use_.find(shared.name);
  if (use == shared_use_.end() || use->second != SharedUse::read) return span_read(type);
  ExpressionPtr at = make(ExpressionKind::shared_any, shared.element, shared.name, {index(1)});
  return converted(some_number(std::move(at)), type);
}

/// Where the item is.
ExpressionPtr Generator::query(ScalarType type) {
  if (!in_kernel_) return literal(type);
  std::vector<std::string> names = {"global_size"};
  if (!only_uniform_) names.emplace_back("global_id");
  if (kernel_.uses_group) {
    names.insert(names.end(), {"local_size", "group_id", "group_count"});
    if (!only_uniform_) names.emplace_back("local_id");
  }
  const std::uint64_t dimension = random_.below(static_cast<std::uint64_t>(kernel_.dimensions));
  std::string name = "dotcompute::" + random_.pick(names) + "<" + std::to_string(dimension) + ">";
  return converted(make(ExpressionKind::call, scalar_type(ScalarType::uint64), std::move(name), {}), type);
}

ExpressionPtr Generator::call(ScalarType type, int depth) {
  if (!may_have_effects_ || only_uniform_) return leaf(type);
  for (const Lambda& each : lambdas_) {
    if (each.is_writing || random_.chance(50)) continue;
    if (ExpressionPtr found = call_of(each, depth)) return converted(std::move(found), type);
  }
  for (int attempt = 0; attempt < 4 && !kernel_.functions.empty(); ++attempt) {
    const FunctionPtr function = random_.pick(kernel_.functions);
    if (function->is_of_group || !function->result || !function->result->is_scalar()) continue;
    if (ExpressionPtr found = call_of(*function, depth)) return converted(std::move(found), type);
  }
  return leaf(type);
}

/// A call; null if there is nothing for one of its parameters.
ExpressionPtr Generator::call_of(const Function& function, int depth) {
  if (turns_ > 16) return nullptr;
  const Effects forbidden = forbidden_;
  const Effects before = effects_;
  std::vector<ExpressionPtr> arguments;
  bool is_complete = true;
  // In any order, so that no argument may use what another one writes.
  for (const Parameter& parameter : function.parameters) {
    Effects own = std::exchange(effects_, {});
    ExpressionPtr each = argument(parameter, depth);
    forbidden_.add(effects_);
    effects_.add(own);
    if (!each) {
      is_complete = false;
      break;
    }
    arguments.push_back(std::move(each));
  }
  forbidden_ = forbidden;
  if (!is_complete) {
    effects_ = before;
    return nullptr;
  }
  return make(ExpressionKind::call, function.result, function.name, std::move(arguments));
}

/// What the lambda captured by reference is no argument that it may write.
ExpressionPtr Generator::call_of(const Lambda& lambda, int depth) {
  const auto is_written = [&](const std::string& root) { return forbidden_.writes.contains(root); };
  const auto is_read = [&](const std::string& root) { return forbidden_.reads.contains(root); };
  const bool writes = lambda.is_writing;
  if (std::any_of(lambda.captured.begin(), lambda.captured.end(), is_written)) return nullptr;
  if (writes && std::any_of(lambda.captured.begin(), lambda.captured.end(), is_read)) return nullptr;
  const Effects forbidden = forbidden_;
  forbidden_.reads.insert(lambda.captured.begin(), lambda.captured.end());
  if (writes) forbidden_.writes.insert(lambda.captured.begin(), lambda.captured.end());
  ExpressionPtr made = call_of(*lambda.function, depth);
  forbidden_ = forbidden;
  if (made) effects_.reads.insert(lambda.captured.begin(), lambda.captured.end());
  return made;
}

ExpressionPtr Generator::argument(const Parameter& parameter, int depth) {
  const auto target = [&](bool is_written) {
    return parameter.type->is_scalar() ? place(parameter.type->scalar, is_written) : object(parameter.type, is_written);
  };
  switch (parameter.passing) {
    case Parameter::Passing::value:
      if (!parameter.type->is_scalar()) return whole(parameter.type, depth - 1);
      return converted(value(random_.chance(70) ? parameter.type->scalar : any_scalar(), depth - 1),
                       parameter.type->scalar, true);
    case Parameter::Passing::const_reference: {
      ExpressionPtr object = target(false);
      return object ? pinned(std::move(object)) : nullptr;
    }
    case Parameter::Passing::reference: {
      ExpressionPtr object = target(true);
      return object ? pinned(std::move(object)) : nullptr;
    }
    case Parameter::Passing::pointer: {
      ExpressionPtr object = target(true);
      if (!object) return nullptr;
      return pinned(make(ExpressionKind::unary, parameter.type, "&", {pinned(std::move(object))}));
    }
    case Parameter::Passing::shared:
      for (const SharedVariable& shared : shared_) {
        if (spelling(*shared.element) != spelling(*parameter.type)) continue;
        const bool is_free = !effects_.reads.contains(shared.name) && !forbidden_.reads.contains(shared.name) &&
                             !forbidden_.writes.contains(shared.name);
        if (!is_free || shared_use_.at(shared.name) != SharedUse::own) continue;
        effects_.writes.insert(shared.name);
        return pinned(make(ExpressionKind::variable, parameter.type, shared.name, {}));
      }
      return nullptr;
    case Parameter::Passing::span: break;
  }
  // A span of the kernel, or one over a local array.
  if (random_.chance(60)) {
    for (const KernelSpan& span : spans_) {
      if (span.is_written || spelling(*span.element) != spelling(*parameter.type)) continue;
      return pinned(make(ExpressionKind::variable, parameter.type, span.name, {}));
    }
  }
  for (const Variable& variable : scope_) {
    if (variable.type->kind != Type::Kind::array || !is_usable(variable, false)) continue;
    if (spelling(*variable.type->element) != spelling(*parameter.type) || variable.name.ends_with("]")) continue;
    effects_.reads.insert(variable.root);
    return pinned(make(ExpressionKind::variable, parameter.type, variable.name, {}));
  }
  return nullptr;
}

ExpressionPtr Generator::method_call(ScalarType type, int depth) {
  if (only_uniform_ || !may_have_effects_ || turns_ > 16) return leaf(type);
  for (const TypePtr& structure : kernel_.structs) {
    if (structure->methods.empty() || random_.chance(40)) continue;
    const Function& method = *structure->methods.front();
    if (method.name.starts_with("operator")) continue;
    Effects before = std::exchange(effects_, {});
    ExpressionPtr object = this->object(structure, false);
    effects_.add(before);
    if (!object) continue;
    const Effects forbidden = forbidden_;
    forbidden_.add(effects_);
    std::vector<ExpressionPtr> operands = {pinned(std::move(object))};
    for (const Parameter& parameter : method.parameters) {
      operands.push_back(value(parameter.type->scalar, depth - 1));
      forbidden_.add(effects_);
    }
    forbidden_ = forbidden;
    return converted(make(ExpressionKind::method, method.result, method.name, std::move(operands)), type);
  }
  return leaf(type);
}

}  // namespace fuzz
