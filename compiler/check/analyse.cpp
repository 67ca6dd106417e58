#include <algorithm>
#include <set>

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

  void run() {
    function(*kernel_.function, 1);
    const auto count = [](std::uint64_t value) { return static_cast<std::uint32_t>(std::min(value, largest_count)); };
    kernel_.cost = {count(arithmetic_), count(math_calls_), count(loads_), count(stores_)};
  }

 private:
  void function(const Function& function, std::uint64_t weight) {
    if (&function != kernel_.function && seen_.insert(&function).second) kernel_.callees.push_back(&function);
    statement(*function.body, weight);
  }

  void statement(const Statement& source, std::uint64_t weight) {
    const bool repeats = std::holds_alternative<model::Loop>(source.node);
    const std::uint64_t inner = repeats ? std::min(weight * loop_weight, largest_count) : weight;
    model::for_each_child(
        source, [&](const Statement& child) { statement(child, inner); },
        [&](const Expression& e) { expression(e, inner); });
  }

  /// Whether an object may lie outside the item's own variables.
  static bool is_memory(const Expression& object) {
    if (std::holds_alternative<model::Dereference>(object.node)) return true;
    const auto* member = std::get_if<model::Member>(&object.node);
    return member != nullptr && is_memory(*member->object);
  }

  void expression(const Expression& source, std::uint64_t weight) {
    std::visit(model::Overloaded{
                   [&](const model::Load& n) { loads_ += is_memory(*n.object) ? weight : 0; },
                   [&](const model::Assign& n) { stores_ += is_memory(*n.object) ? weight : 0; },
                   [&](const model::CompoundAssign& n) {
                     arithmetic_ += weight;
                     loads_ += is_memory(*n.object) ? weight : 0;
                     stores_ += is_memory(*n.object) ? weight : 0;
                   },
                   [&](const model::Step&) { arithmetic_ += weight; },
                   [&](const model::Binary&) { arithmetic_ += weight; },
                   [&](const model::Unary&) { arithmetic_ += weight; },
                   [&](const model::MathCall&) { math_calls_ += weight; },
                   [&](const model::GridQuery& n) { kernel_.dimensions = std::max(kernel_.dimensions, n.dimension + 1); },
                   [&](const model::Call& n) { function(*n.callee, weight); },
                   [&](const model::Construct& n) { function(*n.constructor, weight); },
                   [](const auto&) {},
               },
               source.node);
    model::for_each_operand(source, [&](const Expression& operand) { expression(operand, weight); });
    for (std::uint64_t* count : {&arithmetic_, &math_calls_, &loads_, &stores_}) *count = std::min(*count, largest_count);
  }

  model::Kernel& kernel_;
  std::set<const Function*> seen_;
  std::uint64_t arithmetic_ = 0;
  std::uint64_t math_calls_ = 0;
  std::uint64_t loads_ = 0;
  std::uint64_t stores_ = 0;
};

std::string content_hash(const model::Kernel& kernel) {
  llvm::SHA256 hash;
  const auto field = [&](const std::string& text) {
    hash.update(std::to_string(text.size()) + ":");
    hash.update(text);
  };
  field("kernel 1");
  field(kernel.function->name);
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
