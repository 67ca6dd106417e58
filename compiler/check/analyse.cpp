#include <algorithm>
#include <map>
#include <utility>

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/SHA256.h>

#include "check/kernels.hpp"
#include "model/print.hpp"
#include "model/walk.hpp"

namespace kernelc {

namespace {

using model::Expression;
using model::Function;
using model::Statement;

// How often a loop's body counts when the number of turns is not known.
constexpr std::uint32_t loop_weight = 16;
// Counts stop here rather than overflow: a kernel this heavy is heavy enough.
constexpr std::uint64_t largest_count = 1u << 30;

/// Visits everything that a kernel reaches.
class Analysis {
 public:
  explicit Analysis(model::Kernel& kernel) : kernel_(kernel) {}

  void run() { kernel_.cost = cost_of(*kernel_.function); }

 private:
  /// Of one call; counted once however often the function is called.
  const model::Cost& cost_of(const Function& function) {
    if (const auto known = costs_.find(&function); known != costs_.end()) return known->second;
    if (&function != kernel_.function) kernel_.callees.push_back(&function);
    const model::Cost outer = std::exchange(cost_, {});
    statement(*function.body, 1);
    return costs_[&function] = std::exchange(cost_, outer);
  }

  static void add(std::uint32_t& count, std::uint64_t more) {
    count = static_cast<std::uint32_t>(std::min(count + more, largest_count));
  }

  void call(const Function& callee, std::uint64_t weight) {
    const model::Cost& cost = cost_of(callee);
    add(cost_.arithmetic, cost.arithmetic * weight);
    add(cost_.math_calls, cost.math_calls * weight);
    add(cost_.loads, cost.loads * weight);
    add(cost_.stores, cost.stores * weight);
  }

  void statement(const Statement& source, std::uint64_t weight) {
    const bool repeats = std::holds_alternative<model::Loop>(source.node);
    const std::uint64_t inner = repeats ? std::min(weight * loop_weight, largest_count) : weight;
    model::for_each_child(
        source, [&](const Statement& child) { statement(child, inner); },
        [&](const Expression& e) {
          // What a statement's expression gives is used in conditions, values and results only.
          const auto* evaluate = std::get_if<model::Evaluate>(&source.node);
          const auto* loop = std::get_if<model::Loop>(&source.node);
          expression(e, inner, evaluate == nullptr && (loop == nullptr || loop->step != &e));
        });
  }

  /// Whether an expression needs the value of its operand; `is_used`: whether its own is.
  static bool uses(const Expression& source, const Expression& operand, bool is_used) {
    if (const auto* comma = std::get_if<model::Sequence>(&source.node)) return &operand == comma->second && is_used;
    if (const auto* choice = std::get_if<model::Conditional>(&source.node)) {
      return &operand == choice->condition || is_used;
    }
    return true;
  }

  /// Whether its result, or what it leaves, may be another one when the items come in another order.
  static bool depends_on_order(const model::Atomic& atomic, bool is_used) {
    switch (atomic.op) {
      case model::AtomicOperation::add:
      case model::AtomicOperation::subtract: return is_used || atomic.object->type->is_floating();
      case model::AtomicOperation::minimum:
      case model::AtomicOperation::maximum:
      case model::AtomicOperation::bit_and:
      case model::AtomicOperation::bit_or:
      case model::AtomicOperation::bit_xor: return is_used;
      default: return true;
    }
  }

  void atomic(const model::Atomic& source, std::uint64_t weight, bool is_used) {
    kernel_.atomics.any = true;
    kernel_.atomics.order_dependent = kernel_.atomics.order_dependent || depends_on_order(source, is_used);
    add(cost_.loads, source.op != model::AtomicOperation::store ? weight : 0);
    add(cost_.stores, source.op != model::AtomicOperation::load ? weight : 0);
    add(cost_.arithmetic, weight);
  }

  /// Whether an object may lie outside the item's own variables.
  static bool is_memory(const Expression& object) {
    if (std::holds_alternative<model::Dereference>(object.node)) return true;
    const auto* member = std::get_if<model::Member>(&object.node);
    return member != nullptr && is_memory(*member->object);
  }

  void expression(const Expression& source, std::uint64_t weight, bool is_used) {
    std::visit(
        model::Overloaded{
            [&](const model::Load& n) { add(cost_.loads, is_memory(*n.object) ? weight : 0); },
            [&](const model::Assign& n) { add(cost_.stores, is_memory(*n.object) ? weight : 0); },
            [&](const model::CompoundAssign& n) {
              add(cost_.arithmetic, weight);
              add(cost_.loads, is_memory(*n.object) ? weight : 0);
              add(cost_.stores, is_memory(*n.object) ? weight : 0);
            },
            [&](const model::Step&) { add(cost_.arithmetic, weight); },
            [&](const model::Binary&) { add(cost_.arithmetic, weight); },
            [&](const model::Unary&) { add(cost_.arithmetic, weight); },
            [&](const model::MathCall&) { add(cost_.math_calls, weight); },
            [&](const model::GridQuery& n) { kernel_.dimensions = std::max(kernel_.dimensions, n.dimension + 1); },
            [&](const model::Call& n) { call(*n.callee, weight); },
            [&](const model::Construct& n) { call(*n.constructor, weight); },
            [&](const model::Atomic& n) { atomic(n, weight, is_used); },
            [](const auto&) {},
        },
        source.node);
    model::for_each_operand(
        source, [&](const Expression& operand) { expression(operand, weight, uses(source, operand, is_used)); });
  }

  model::Kernel& kernel_;
  std::map<const Function*, model::Cost> costs_;
  model::Cost cost_;  // of the function being visited, so far
};

std::string content_hash(const model::Kernel& kernel) {
  llvm::SHA256 hash;
  const auto field = [&](const std::string& text) {
    hash.update(std::to_string(text.size()) + ":");
    hash.update(text);
  };
  field("kernel 1");
  field(kernel.function->name);
  if (kernel.is_fast) field("fast");
  for (const model::Variable* parameter : kernel.function->parameters) field(parameter->name);
  field(model::print(*kernel.function));
  for (const Function* callee : kernel.callees) field(model::print(*callee));
  return llvm::toHex(hash.final(), true);
}

}  // namespace

void analyse(model::Kernel& kernel) {
  Analysis(kernel).run();
  kernel.content_hash = content_hash(kernel);
}

}  // namespace kernelc
