#include <algorithm>

#include "emit/source/function_writer.hpp"

namespace kernelc::source {

namespace {

constexpr std::string_view axes[] = {"x", "y", "z"};

/// What the values of the queries are called, in their order: "id_x".
constexpr std::string_view query_names[query_count] = {"id",         "grid",   "local", "group",
                                                       "group_size", "groups", "item",  "items"};

std::string name_of(model::Query query, int dimension) {
  if (query >= model::Query::local_linear_id) return std::string(query_names[static_cast<std::size_t>(query)]);
  return std::string(query_names[static_cast<std::size_t>(query)]) + "_" + std::string(axes[dimension]);
}

}  // namespace

std::string parameter_list(const std::string& head, const std::vector<std::string>& parameters) {
  std::string text = head + "(";
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool is_last = i + 1 == parameters.size();
    const std::string part = parameters[i] + (is_last ? ")" : ",");
    if (text.size() - line_start + part.size() > widest && i > 0) {
      text += "\n    ";
      line_start = text.size() - 4;
    } else if (i > 0) {
      text += " ";
    }
    text += part;
  }
  return parameters.empty() ? text + ")" : text;
}

std::string Dialect::entry_head(const Entry& entry) const {
  std::vector<std::string> list;
  for (const EntryParameter& parameter : entry.parameters) list.push_back(parameter.type + " " + parameter.name);
  return parameter_list(entry_prefix(entry.group) + entry.name, list);
}

bool Entry::uses(model::Query query) const {
  return std::any_of(std::begin(axes), std::end(axes),
                     [&, d = 0](std::string_view) mutable { return facts.uses(query, d++); });
}

bool Entry::needs_group_size() const {
  return !group.is_fixed() &&
         (uses(model::Query::local_size) || uses(model::Query::group_id) || uses(model::Query::group_count) ||
          uses(model::Query::local_linear_id) || uses(model::Query::local_linear_size));
}

FunctionWriter::FunctionWriter(Workshop& shop, const FunctionClone& clone)
    : shop_(shop), dialect_(shop.dialect), types_(shop.types), clone_(clone), effects_(clone, shop.facts) {}

void FunctionWriter::add(std::string code) {
  const std::uint32_t source = code == "}" ? 0 : shop_.line;
  lines_.push_back({depth_, std::move(code), source});
}

void FunctionWriter::add_declaration(std::string code) {
  add(std::move(code));
  lines_.back().is_declaration = true;
}

std::string FunctionWriter::condition(E expression) { return value(expression).code; }

std::string FunctionWriter::declare_value(const std::string& type, const char* name) {
  const std::string result = shop_.names.local(name);
  add_declaration(type + " " + result + ";");
  return result;
}

FunctionWriter::SpacesView FunctionWriter::spaces_of(E expression) const {
  const auto known = clone_.expressions.find(expression);
  return known == clone_.expressions.end() ? SpacesView() : SpacesView(known->second);
}

/// Of the pointers in an object's type.
FunctionWriter::SpacesView FunctionWriter::value_spaces(E expression) const {
  const SpacesView all = spaces_of(expression);
  return all.empty() || !expression->is_lvalue ? all : all.subspan(1);
}

FunctionWriter::SpacesView FunctionWriter::spaces_of(const model::Variable* variable) const {
  const auto known = clone_.variables.find(variable);
  return known == clone_.variables.end() ? SpacesView() : SpacesView(known->second);
}

std::string FunctionWriter::type_of(const model::Variable* variable) {
  return types_.name(*variable->type, spaces_of(variable));
}

std::string FunctionWriter::type_of(E expression) { return types_.name(*expression->type, value_spaces(expression)); }

std::string FunctionWriter::variable_name(const model::Variable* variable) {
  if (const auto known = variables_.find(variable); known != variables_.end()) return known->second;
  // It is needed before the place that declares it: its address outlives the branch it is made in, or it is read first.
  const std::string name = shop_.names.local(variable->name == "this" ? "self" : identifier(variable->name));
  const int depth = depth_ - branches_;
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(unit_start_),
                {depth, type_of(variable) + " " + name + ";", shop_.line, true});
  return variables_[variable] = name;
}

std::vector<std::string> FunctionWriter::hidden_parameters(const FunctionFacts& facts) {
  const std::string type = types_.scalar(ScalarType::uint64);
  std::vector<std::string> result;
  for_each_hidden(facts, [&](model::Query query, int d) {
    queries_(query, d) = shop_.names.local(name_of(query, d));
    result.push_back(type + " " + queries_(query, d));
  });
  if (facts.uses_published) {
    result.push_back(std::string(dialect_.space(Space::shared)) + type + "* " + name_published());
  }
  return result;
}

std::string FunctionWriter::name_published() {
  return variables_[shop_.group.published] = shop_.names.local("published");
}

std::vector<Line> FunctionWriter::function(const std::string& name) {
  const model::Function& source = *clone_.function;
  shop_.line = source.line;
  shop_.names.open();
  const std::vector<std::string> hidden = hidden_parameters(shop_.facts.of(source));
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < source.parameters.size(); ++i) {
    const model::Variable* parameter = source.parameters[i];
    const std::string own = shop_.names.local(parameter->name == "this" ? "self" : identifier(parameter->name));
    variables_[parameter] = own;
    parameters.push_back(types_.name(*parameter->type, clone_.parameters[i]) + " " + own);
  }
  parameters.insert(parameters.end(), hidden.begin(), hidden.end());
  if (parameters.empty()) parameters.emplace_back(dialect_.is_cpp() ? "" : "void");
  const std::string result = types_.name(*source.result, clone_.result);
  add(parameter_list(std::string(dialect_.function_prefix()) + result + " " + name, parameters) + " {");
  if (source.known != model::KnownFunction::none) {
    const std::vector<std::string> native = dialect_.native_body(source.known, variables_[source.parameters[0]]);
    for (const std::string& statement : native) lines_.push_back({1, statement, 0});
    if (!native.empty()) {
      add("}");
      shop_.names.close();
      return std::move(lines_);
    }
  }
  finish();
  read_the_unread(lines_);
  // A function that the user wrote on one line stays on one.
  if (lines_.size() == 3 && lines_[1].source == lines_[0].source && lines_[1].code.ends_with(';')) {
    const std::string whole = lines_[0].code + " " + lines_[1].code + " }";
    if (whole.size() <= widest) lines_ = {{0, whole, lines_[0].source}};
  }
  return std::move(lines_);
}

/// The body and the end.
void FunctionWriter::finish() {
  const model::Function& source = *clone_.function;
  ++depth_;
  statement(source.body);
  if (source.result->kind != model::TypeKind::nothing && !never_ends(*source.body)) {
    // Falling off the end of a function with a result is undefined; here it is a value.
    add("return " + zero(*source.result, clone_.result).code + ";");
    lines_.back().source = 0;
  }
  --depth_;
  add("}");
  shop_.names.close();
}

std::vector<EntryParameter> FunctionWriter::entry_parameters() {
  std::vector<EntryParameter> result;
  for (std::size_t i = 0; i < clone_.function->parameters.size(); ++i) {
    const model::Variable* parameter = clone_.function->parameters[i];
    const model::Type& type = *parameter->type;
    const bool is_changed = effects_.is_assigned(parameter) || effects_.is_exposed(parameter);
    const std::string wanted = identifier(parameter->name);
    if (type.kind != model::TypeKind::span) {
      const bool is_copied = is_changed && dialect_.shares_values();
      const std::string name = shop_.names.local(is_copied ? wanted + "_value" : wanted);
      (is_copied ? copied_parameters_ : variables_)[parameter] = name;
      result.push_back({types_.name(type), name, false});
      continue;
    }
    const std::string data = shop_.names.local(is_changed ? wanted + "_data" : wanted);
    const std::string size = shop_.names.local(wanted + "_size");
    const std::string pointer = types_.pointer(*type.element, clone_.parameters[i]);
    const std::string space(dialect_.space(Space::global));
    const std::string qualified = type.element_is_const ? space + "const " + pointer.substr(space.size()) : pointer;
    pairs_[parameter] = {data, size, type.element_is_const};
    result.push_back({qualified, data, true});
    result.push_back({"index_t", size, false});
    if (dialect_.has_begin()) result.push_back({"index_t", shop_.names.local(wanted + "_begin"), false});
  }
  return result;
}

std::vector<Line> FunctionWriter::entry(const std::string& name, int dimensions, const std::vector<Step>& steps) {
  const model::Function& source = *clone_.function;
  is_kernel_ = true;
  shop_.line = source.line;
  shop_.names.open();
  std::vector<EntryParameter> parameters = entry_parameters();
  const std::vector<EntryParameter> declared = parameters;
  for (int d = 0; d < dimensions; ++d) {
    const std::string size = shop_.names.local(name_of(model::Query::global_size, d));
    queries_(model::Query::global_size, d) = size;
    parameters.push_back({"index_t", size, false});
  }
  std::string first[3];
  for (int d = 0; d < dimensions; ++d) {
    first[d] = shop_.names.local("first_" + std::string(axes[d]));
    parameters.push_back({"index_t", first[d], false});
  }
  add(dialect_.entry_head({name, parameters, shop_.group, shop_.facts.of(source)}) + " {");
  ++depth_;
  for (std::size_t i = 0; dialect_.has_begin() && i < declared.size(); ++i) {
    if (!declared[i].is_pointer) continue;
    const std::string bytes = std::string(dialect_.space(Space::global)) + "const char*";
    add(declared[i].name + " = (" + declared[i].type + ")((" + bytes + ")" + declared[i].name + " + " +
        declared[i + 2].name + ");");
  }
  for (int d = 0; d < dimensions; ++d) find_item(d, first[d]);
  find_linear(dimensions);
  copy_parameters();
  for (std::size_t i = 1; i < lines_.size(); ++i) lines_[i].source = 0;
  --depth_;
  steps.empty() ? finish() : this->steps(steps);
  read_the_unread(lines_);
  return std::move(lines_);
}

/// Where the item is in one dimension. `first` names the launch's first index there; where groups are whole, it is a
/// group's.
void FunctionWriter::find_item(int d, const std::string& first) {
  using enum model::Query;
  const FunctionFacts& facts = shop_.facts.of(*clone_.function);
  // In 64 bits, where no sum wraps: a compiler that cannot rule that out sees no unit strides.
  const std::string type = types_.scalar(ScalarType::uint64);
  const auto define = [&](model::Query query, const std::string& value) {
    queries_(query, d) = shop_.names.local(name_of(query, d));
    add("const " + type + " " + queries_(query, d) + " = " + value + ";");
    return queries_(query, d);
  };
  std::string id = "(" + type + ")" + first + " + " + dialect_.position(d);
  if (facts.uses(global_id, d)) id = define(global_id, id);
  if (!shop_.group.any()) return add("if (" + id + " >= " + queries_(global_size, d) + ") return;");
  if (facts.uses(local_id, d)) define(local_id, dialect_.local_position(d));
  std::string size = shop_.group.is_fixed() ? std::to_string(shop_.group.fixed_size[d]) : dialect_.group_size(d);
  if (facts.uses(local_size, d) && !shop_.group.is_fixed()) size = define(local_size, size);
  if (facts.uses(group_id, d))
    define(group_id, "(" + type + ")" + first + " / " + size + " + " + dialect_.group_position(d));
  if (facts.uses(group_count, d)) define(group_count, "(" + type + ")" + queries_(global_size, d) + " / " + size);
}

/// The item's number in its group, the number of items there, and the words that they publish.
void FunctionWriter::find_linear(int dimensions) {
  const FunctionFacts& facts = shop_.facts.of(*clone_.function);
  const std::string type = types_.scalar(ScalarType::uint64);
  const auto define = [&](model::Query query, const std::string& value) {
    if (!facts.uses(query, 0)) return;
    queries_(query, 0) = shop_.names.local(name_of(query, 0));
    add("const " + type + " " + queries_(query, 0) + " = " + value + ";");
  };
  const auto size = [&](int d) {
    return shop_.group.is_fixed() ? std::to_string(shop_.group.fixed_size[d]) : dialect_.group_size(d);
  };
  std::string id = "(" + type + ")" + dialect_.local_position(dimensions - 1);
  std::string items = "(" + type + ")" + size(dimensions - 1);
  for (int d = dimensions - 2; d >= 0; --d) {
    id = (d < dimensions - 2 ? "(" + id + ")" : id) + " * " + size(d) + " + " + dialect_.local_position(d);
    items += " * " + size(d);
  }
  define(model::Query::local_linear_id, id);
  define(model::Query::local_linear_size, items);
  if (!facts.uses_published) return;
  const std::string count = std::to_string(shop_.group.published_items);
  add_declaration(std::string(dialect_.shared_prefix()) + type + " " + name_published() + "[" + count + "];");
}

/// Copies of the parameters that the kernel changes.
void FunctionWriter::copy_parameters() {
  for (std::size_t i = 0; i < clone_.function->parameters.size(); ++i) {
    const model::Variable* parameter = clone_.function->parameters[i];
    if (!effects_.is_assigned(parameter) && !effects_.is_exposed(parameter)) continue;
    const std::string wanted = identifier(parameter->name);
    if (const auto pair = pairs_.find(parameter); pair != pairs_.end()) {
      const Text whole = span_value(parameter, nullptr);
      pairs_.erase(pair);
      const std::string name = variables_[parameter] = shop_.names.local(wanted);
      add(types_.name(*parameter->type, clone_.parameters[i]) + " " + name + " = " + whole.code + ";");
    } else if (const auto copied = copied_parameters_.find(parameter); copied != copied_parameters_.end()) {
      const std::string name = variables_[parameter] = shop_.names.local(wanted);
      add(types_.name(*parameter->type) + " " + name + " = " + copied->second + ";");
    }
  }
}

}  // namespace kernelc::source
