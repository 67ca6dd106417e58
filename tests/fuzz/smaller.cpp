// The cuts: statements go, blocks take the place of what surrounds them, expressions become their operands or a number.

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "generator.hpp"
#include "shrink.hpp"

namespace fuzz {

namespace {

/// A name without the star of a pointer.
std::string plain(const std::string& name) { return name.starts_with("(*") ? name.substr(2, name.size() - 3) : name; }

bool is_lvalue_of_another_type(const Expression& e) { return e.kind == ExpressionKind::unary && e.text == "&"; }

std::vector<ExpressionPtr> smaller_expressions(const ExpressionPtr& e) {
  std::vector<ExpressionPtr> all;
  const bool is_number = e->type != nullptr && e->type->is_scalar();
  if (!e->is_pinned && is_number && e->kind != ExpressionKind::literal) {
    all.push_back(number(0, e->type->scalar));
    all.push_back(make(ExpressionKind::literal, e->type, {}, {},
                       e->type->scalar == ScalarType::float32   ? 0x3F800000
                       : e->type->scalar == ScalarType::float64 ? 0x3FF0000000000000
                                                                : 1));
  }
  if (!e->is_pinned && e->type != nullptr) {
    for (const ExpressionPtr& operand : e->operands) {
      if (operand->is_pinned || operand->type == nullptr || is_lvalue_of_another_type(*operand)) continue;
      if (spelling(*operand->type) == spelling(*e->type)) {
        all.push_back(operand);
      } else if (operand->type->is_scalar() && is_number && e->kind != ExpressionKind::cast &&
                 e->kind != ExpressionKind::implicit && e->kind != ExpressionKind::to_integer) {
        const bool is_open = is_floating_point(operand->type->scalar) && is_integer(e->type->scalar);
        all.push_back(make(is_open ? ExpressionKind::to_integer : ExpressionKind::cast, e->type, {}, {operand}));
      }
    }
  }
  for (std::size_t k = 0; k < e->operands.size(); ++k) {
    for (ExpressionPtr& each : smaller_expressions(e->operands[k])) {
      Expression copy = *e;
      copy.operands[k] = std::move(each);
      all.push_back(std::make_shared<const Expression>(std::move(copy)));
    }
  }
  return all;
}

class Cuts {
 public:
  /// Where shared arrays are used, barriers stay.
  explicit Cuts(bool has_shared) : has_shared_(has_shared) {}

  [[nodiscard]] std::vector<StatementList> of_list(const StatementList& list) const {
    std::vector<StatementList> all;
    for (std::size_t step = list.size() / 2; step > 0; step /= 2) {
      for (std::size_t at = 0; at < list.size(); at += step) {
        const std::size_t end = std::min(at + step, list.size());
        const auto first = list.begin() + static_cast<std::ptrdiff_t>(at);
        const auto last = list.begin() + static_cast<std::ptrdiff_t>(end);
        if (!std::all_of(first, last, [&](const StatementPtr& each) { return may_go(*each); })) continue;
        StatementList rest(list.begin(), first);
        rest.insert(rest.end(), last, list.end());
        all.push_back(std::move(rest));
      }
      if (step == 1) break;
    }
    if (list.size() == 1 && may_go(*list.front())) all.emplace_back();
    for (std::size_t at = 0; at < list.size(); ++at) unwrap(list, at, all);
    for (std::size_t at = 0; at < list.size(); ++at) {
      for (StatementPtr& each : of_statement(*list[at])) {
        StatementList copy = list;
        copy[at] = std::move(each);
        all.push_back(std::move(copy));
      }
    }
    return all;
  }

 private:
  [[nodiscard]] bool may_go(const Statement& s) const {
    if (s.kind == StatementKind::barrier) return !has_shared_;
    // A shared array needs its first values, and a function its result.
    if (s.kind == StatementKind::evaluate) return !s.expressions[0]->is_pinned;
    return s.kind != StatementKind::give_back;
  }

  /// What stands inside instead of what surrounds it.
  static void unwrap(const StatementList& list, std::size_t at, std::vector<StatementList>& all) {
    const Statement& s = *list[at];
    if (s.kind != StatementKind::choice && s.kind != StatementKind::block && s.kind != StatementKind::counted &&
        s.kind != StatementKind::conditioned && s.kind != StatementKind::tested_last) {
      return;
    }
    const auto splice = [&](const StatementList& inside) {
      StatementList copy(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(at));
      copy.insert(copy.end(), inside.begin(), inside.end());
      copy.insert(copy.end(), list.begin() + static_cast<std::ptrdiff_t>(at) + 1, list.end());
      all.push_back(std::move(copy));
    };
    if (s.kind == StatementKind::block) return splice(s.children);
    for (const StatementPtr& child : s.children) splice(child->children);
  }

  [[nodiscard]] std::vector<StatementPtr> of_statement(const Statement& s) const {
    std::vector<StatementPtr> all;
    const auto add = [&](Statement copy) { all.push_back(std::make_shared<const Statement>(std::move(copy))); };
    if (s.kind == StatementKind::choice && s.children.size() > 1) {
      Statement copy = s;
      copy.children.pop_back();
      add(std::move(copy));
    }
    const bool is_loop = s.kind == StatementKind::counted || s.kind == StatementKind::conditioned ||
                         s.kind == StatementKind::tested_last;
    if (is_loop && s.bits > 1) {
      Statement copy = s;
      copy.bits = s.bits / 2;
      add(std::move(copy));
    }
    const bool has_branches = s.kind == StatementKind::choice || is_loop || s.kind == StatementKind::each ||
                              s.kind == StatementKind::selection || s.kind == StatementKind::lambda;
    if (has_branches) {  // the children are blocks or labels, each of which stays
      for (std::size_t k = 0; k < s.children.size(); ++k) {
        for (StatementList& each : of_list(s.children[k]->children)) {
          Statement child = *s.children[k];
          child.children = std::move(each);
          Statement copy = s;
          copy.children[k] = std::make_shared<const Statement>(std::move(child));
          add(std::move(copy));
        }
      }
    } else {
      for (StatementList& each : of_list(s.children)) {
        Statement copy = s;
        copy.children = std::move(each);
        add(std::move(copy));
      }
    }
    for (std::size_t k = 0; k < s.expressions.size(); ++k) {
      for (ExpressionPtr& each : smaller_expressions(s.expressions[k])) {
        Statement copy = s;
        copy.expressions[k] = std::move(each);
        add(std::move(copy));
      }
    }
    return all;
  }

  bool has_shared_;
};

bool mentions(const Expression& e, const std::string& name) {
  if (plain(e.text) == name) return true;
  return std::any_of(e.operands.begin(), e.operands.end(),
                     [&](const ExpressionPtr& operand) { return mentions(*operand, name); });
}

/// The statements without those that use a name.
StatementList without(const StatementList& list, const std::string& name) {
  StatementList rest;
  for (const StatementPtr& s : list) {
    const bool uses = s->text == name || std::any_of(s->expressions.begin(), s->expressions.end(),
                                                     [&](const ExpressionPtr& e) { return mentions(*e, name); });
    if (uses) continue;
    Statement copy = *s;
    copy.children = without(s->children, name);
    rest.push_back(std::make_shared<const Statement>(std::move(copy)));
  }
  return rest;
}

void declared_in(const StatementList& list, std::vector<std::string>& names) {
  for (const StatementPtr& s : list) {
    const bool declares = s->kind == StatementKind::declare || s->kind == StatementKind::reference ||
                          s->kind == StatementKind::pointer || s->kind == StatementKind::lambda;
    if (declares) names.push_back(s->text);
    declared_in(s->children, names);
  }
}

/// Whether every name that is used is declared where it is used.
class Names {
 public:
  explicit Names(const Kernel& kernel) {
    for (const TypePtr& type : kernel.structs) {
      for (const FunctionPtr& method : type->methods) {
        std::set<std::string> names = parameters_of(*method);
        for (const Field& field : type->fields) names.insert(field.name);
        list(method->body, names);
      }
    }
    for (const FunctionPtr& function : kernel.functions) {
      std::set<std::string> names = parameters_of(*function);
      names.insert("items");
      list(function->body, names);
      functions_.insert(function->name);
    }
    std::set<std::string> names = {"items"};
    for (const Parameter& each : kernel.values) names.insert(each.name);
    for (const KernelSpan& each : kernel.spans) names.insert(each.name);
    for (const SharedVariable& each : kernel.shared) names.insert(each.name);
    list(kernel.body, names);
  }

  [[nodiscard]] bool are_declared() const { return are_declared_; }

 private:
  static std::set<std::string> parameters_of(const Function& function) {
    std::set<std::string> names;
    for (const Parameter& each : function.parameters) names.insert(each.name);
    return names;
  }

  void list(const StatementList& statements, std::set<std::string> names) {
    for (const StatementPtr& s : statements) {
      for (const ExpressionPtr& e : s->expressions) expression(*e, names);
      if (s->kind == StatementKind::declare || s->kind == StatementKind::reference ||
          s->kind == StatementKind::pointer || s->kind == StatementKind::lambda) {
        names.insert(s->text);
      }
      std::set<std::string> inside = names;
      if (s->function) inside.merge(parameters_of(*s->function));
      if (s->kind == StatementKind::counted || s->kind == StatementKind::each) inside.insert(s->text);
      list(s->children, std::move(inside));
    }
  }

  void expression(const Expression& e, const std::set<std::string>& names) {
    switch (e.kind) {
      case ExpressionKind::variable:
      case ExpressionKind::own_element:
      case ExpressionKind::span_element:
      case ExpressionKind::shared_own:
      case ExpressionKind::shared_any:
        if (!names.contains(plain(e.text))) are_declared_ = false;
        break;
      case ExpressionKind::call:
        if (e.text.find(':') == std::string::npos && !functions_.contains(e.text) && !names.contains(e.text)) {
          are_declared_ = false;
        }
        break;
      default: break;
    }
    for (const ExpressionPtr& operand : e.operands) expression(*operand, names);
  }

  std::set<std::string> functions_;
  bool are_declared_ = true;
};

bool jumps_stand_in_loops(const StatementList& list, bool in_loop, bool in_switch) {
  return std::all_of(list.begin(), list.end(), [&](const StatementPtr& s) {
    if (s->kind == StatementKind::leave) return in_loop || in_switch;
    if (s->kind == StatementKind::skip) return in_loop;
    if (s->kind == StatementKind::lambda) return jumps_stand_in_loops(s->children, false, false);
    const bool is_loop = s->kind == StatementKind::counted || s->kind == StatementKind::conditioned ||
                         s->kind == StatementKind::tested_last || s->kind == StatementKind::each;
    return jumps_stand_in_loops(s->children, in_loop || is_loop,
                                !is_loop && (in_switch || s->kind == StatementKind::selection));
  });
}

/// Declarations that nothing uses.
void add_without_unused(const Kernel& kernel, std::vector<Kernel>& all) {
  const std::string code = text(kernel, "k");
  const auto is_unused = [&](const std::string& name, std::size_t uses) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = code.find(name, at)) != std::string::npos; at += name.size()) ++found;
    return found <= uses;
  };
  const auto drop = [&](auto Kernel::* list, const auto& name_of) {
    for (std::size_t k = 0; k < (kernel.*list).size(); ++k) {
      if (!is_unused(name_of((kernel.*list)[k]), 1)) continue;
      Kernel copy = kernel;
      (copy.*list).erase((copy.*list).begin() + static_cast<std::ptrdiff_t>(k));
      all.push_back(std::move(copy));
    }
  };
  drop(&Kernel::functions, [](const FunctionPtr& each) { return each->name; });
  drop(&Kernel::structs, [](const TypePtr& each) { return each->name; });
  drop(&Kernel::values, [](const Parameter& each) { return each.name; });
  drop(&Kernel::spans, [](const KernelSpan& each) { return each.name; });
  drop(&Kernel::shared, [](const SharedVariable& each) { return each.name; });
}

void add_smaller_launches(const Kernel& kernel, std::vector<Kernel>& all) {
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{2}, kernel.size / 2}) {
    if (size == 0 || size >= kernel.size) continue;
    Kernel copy = kernel;
    copy.size = size;
    if (kernel.dimensions == 1) copy.grid[0] = size;
    all.push_back(std::move(copy));
  }
  if (kernel.uses_group && kernel.group[0] * kernel.group[1] * kernel.group[2] > 1) {
    for (const std::uint64_t items : {std::uint64_t{1}, kernel.group[0] / 2}) {
      if (items == 0) continue;
      Kernel copy = kernel;
      copy.group[0] = items;
      copy.group[1] = copy.group[2] = 1;
      all.push_back(std::move(copy));
    }
  }
  if (kernel.has_fixed_group) {
    Kernel copy = kernel;
    copy.has_fixed_group = false;
    all.push_back(std::move(copy));
  }
}

}  // namespace

std::vector<Kernel> smaller(const Kernel& kernel) {
  std::vector<Kernel> all;
  const auto with_body = [&](StatementList body) {
    Kernel copy = kernel;
    copy.body = std::move(body);
    all.push_back(std::move(copy));
  };
  add_without_unused(kernel, all);
  std::vector<std::string> names;
  declared_in(kernel.body, names);
  for (const SharedVariable& each : kernel.shared) names.push_back(each.name);
  for (const FunctionPtr& each : kernel.functions) names.push_back(each->name);
  for (const std::string& name : names) with_body(without(kernel.body, name));
  add_smaller_launches(kernel, all);
  const Cuts cuts(!kernel.shared.empty());
  for (StatementList& body : cuts.of_list(kernel.body)) with_body(std::move(body));
  for (std::size_t k = 0; k < kernel.functions.size(); ++k) {
    for (StatementList& body : cuts.of_list(kernel.functions[k]->body)) {
      Kernel copy = kernel;
      Function function = *kernel.functions[k];
      function.body = std::move(body);
      copy.functions[k] = std::make_shared<const Function>(std::move(function));
      all.push_back(std::move(copy));
    }
  }
  std::erase_if(all, [&](const Kernel& each) {
    return !Names(each).are_declared() || !jumps_stand_in_loops(each.body, false, false);
  });
  return all;
}

}  // namespace fuzz
