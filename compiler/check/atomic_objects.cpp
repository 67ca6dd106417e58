#include "check/atomic_objects.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "model/walk.hpp"

namespace kernelc {

namespace {

using model::Expression;
using model::Function;
using model::Statement;
using model::Variable;

/// What a pointer or span may lead to, of what matters here.
struct Targets {
  std::set<const Variable*> own;        // variables of the item
  std::set<const Variable*> inherited;  // what these parameters lead to
  bool operator==(const Targets&) const = default;
  void add(const Targets& other) {
    own.insert(other.own.begin(), other.own.end());
    inherited.insert(other.inherited.begin(), other.inherited.end());
  }
};

/// What the variables of one function lead to.
class PointsTo {
 public:
  explicit PointsTo(const Function& function) : parameters_(function.parameters.begin(), function.parameters.end()) {
    do {
      changed_ = false;
      statement(*function.body);
    } while (changed_);
  }

  [[nodiscard]] Targets of_object(const Expression& object) const {
    Targets result;
    std::visit(model::Overloaded{
                   [&](const model::VariableUse& n) {
                     if (!n.variable->is_shared) result.own.insert(n.variable);
                   },
                   [&](const model::Temporary& n) { result.own.insert(n.variable); },
                   [&](const model::Dereference& n) { result = of(*n.pointer); },
                   [&](const model::Member& n) { result = of_object(*n.object); },
                   [&](const model::Conditional& n) {
                     result = of_object(*n.yes);
                     result.add(of_object(*n.no));
                   },
                   [&](const model::Assign& n) { result = of_object(*n.object); },
                   [&](const model::CompoundAssign& n) { result = of_object(*n.object); },
                   [&](const model::Step& n) { result = of_object(*n.object); },
                   [&](const model::Sequence& n) { result = of_object(*n.second); },
                   [](const auto&) {},
               },
               object.node);
    return result;
  }

  /// Of a value that holds pointers.
  [[nodiscard]] Targets of(const Expression& value) const {
    if (value.is_lvalue) return held_by(value);
    if (const auto* address = std::get_if<model::AddressOf>(&value.node)) return of_object(*address->object);
    if (const auto* load = std::get_if<model::Load>(&value.node)) return held_by(*load->object);
    Targets result;
    model::for_each_operand(value, [&](const Expression& operand) {
      if (!operand.type->is_scalar()) result.add(of(operand));
    });
    return result;
  }

 private:
  /// What the pointers in an object lead to.
  [[nodiscard]] Targets held_by(const Expression& object) const {
    Targets result;
    const Targets place = of_object(object);
    for (const Variable* variable : place.own) {
      if (parameters_.contains(variable)) result.inherited.insert(variable);
      if (const auto known = held_.find(variable); known != held_.end()) result.add(known->second);
    }
    return result;
  }

  void give(const Variable* variable, const Expression& value) {
    if (value.type->is_scalar()) return;
    Targets& known = held_[variable];
    const Targets before = known;
    known.add(of(value));
    if (known != before) changed_ = true;
  }

  void expression(const Expression& source) {
    model::for_each_operand(source, [&](const Expression& operand) { expression(operand); });
    if (const auto* temporary = std::get_if<model::Temporary>(&source.node)) {
      give(temporary->variable, *temporary->value);
    }
    if (const auto* assign = std::get_if<model::Assign>(&source.node)) {
      const Targets place = of_object(*assign->object);
      for (const Variable* variable : place.own) give(variable, *assign->value);
    }
  }

  void statement(const Statement& source) {
    model::for_each_child(
        source, [&](const Statement& child) { statement(child); }, [&](const Expression& e) { expression(e); });
    if (const auto* declare = std::get_if<model::Declare>(&source.node);
        declare != nullptr && declare->value != nullptr) {
      give(declare->variable, *declare->value);
    }
  }

  std::set<const Variable*> parameters_;
  std::map<const Variable*, Targets> held_;
  bool changed_ = false;
};

class AtomicObjects {
 public:
  explicit AtomicObjects(Reporter& reporter) : reporter_(reporter) {}

  /// The parameters that lead to objects of atomic operations, each with one of these.
  using Needs = std::map<const Variable*, const Expression*>;

  const Needs& of(const Function& function) {
    if (const auto known = needs_.find(&function); known != needs_.end()) return known->second;
    Needs needs;
    const PointsTo points(function);
    statement(*function.body, points, needs);
    return needs_[&function] = std::move(needs);
  }

 private:
  void statement(const Statement& source, const PointsTo& points, Needs& needs) {
    model::for_each_child(
        source, [&](const Statement& child) { statement(child, points, needs); },
        [&](const Expression& e) { expression(e, points, needs); });
  }

  void expression(const Expression& source, const PointsTo& points, Needs& needs) {
    model::for_each_operand(source, [&](const Expression& operand) { expression(operand, points, needs); });
    if (const auto* atomic = std::get_if<model::Atomic>(&source.node)) {
      const std::string name = "dotcompute::atomic_" + std::string(model::name(atomic->op));
      require(points.of_object(*atomic->object), source, source, name, needs);
    }
    if (const auto* call = std::get_if<model::Call>(&source.node)) {
      calls(*call->callee, call->arguments, source, points, needs);
    }
    if (const auto* made = std::get_if<model::Construct>(&source.node)) {
      calls(*made->constructor, made->arguments, source, points, needs);
    }
  }

  void calls(const Function& callee, const std::vector<const Expression*>& arguments, const Expression& at,
             const PointsTo& points, Needs& needs) {
    const Needs& wanted = of(callee);
    const std::size_t first = callee.parameters.size() - arguments.size();  // behind a constructor's object
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto need = wanted.find(callee.parameters[i + first]);
      if (need != wanted.end()) require(points.of(*arguments[i]), *need->second, at, callee.name, needs);
    }
  }

  void require(const Targets& targets, const Expression& atomic, const Expression& at, const std::string& name,
               Needs& needs) {
    for (const Variable* parameter : targets.inherited) needs.emplace(parameter, &atomic);
    if (targets.own.empty()) return;
    const Variable& first = **std::min_element(targets.own.begin(), targets.own.end(),
                                               [](const Variable* a, const Variable* b) { return a->id < b->id; });
    const bool has_name = !first.name.empty() && !first.name.starts_with("__");
    reporter_.report(clang::SourceLocation::getFromRawEncoding(at.place), Rule::atomic_object,
                     {name, (has_name ? "'" + first.name + "', " : "") + "a variable of the work-item's own"});
    if (&at == &atomic) return;
    reporter_.note(clang::SourceLocation::getFromRawEncoding(atomic.place), "the atomic operation is here");
  }

  Reporter& reporter_;
  std::map<const Function*, Needs> needs_;
};

}  // namespace

void check_atomic_objects(const model::Kernel& kernel, Reporter& reporter) {
  if (kernel.atomics.any) AtomicObjects(reporter).of(*kernel.function);
}

}  // namespace kernelc
