#include "groups/analyse_group.hpp"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/Expr.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/MathExtras.h>

#include "groups/control_rules.hpp"
#include "groups/flatten.hpp"
#include "groups/live_ranges.hpp"
#include "groups/plan.hpp"
#include "groups/uniformity.hpp"
#include "model/walk.hpp"

namespace kernelc::groups {

namespace {

/// What a function asks of its group and which arrays it shares, without the functions that it calls.
void look(const model::Function& function, model::GroupUse& use) {
  const auto expression = [&](const auto& self, const model::Expression& e) -> void {
    if (std::holds_alternative<model::Barrier>(e.node)) use.barriers = true;
    const auto* query = std::get_if<model::GridQuery>(&e.node);
    if (query != nullptr && query->query != model::Query::global_id && query->query != model::Query::global_size) {
      use.ids = true;
    }
    model::for_each_operand(e, [&](const model::Expression& operand) { self(self, operand); });
  };
  const auto statement = [&](const auto& self, const model::Statement& s) -> void {
    if (const auto* declare = std::get_if<model::Declare>(&s.node);
        declare != nullptr && declare->variable->is_shared) {
      use.shared = true;
      use.shared_bytes += llvm::alignTo(declare->variable->type->size, 64);
    }
    model::for_each_child(
        s, [&](const model::Statement& child) { self(self, child); },
        [&](const model::Expression& e) { expression(expression, e); });
  };
  statement(statement, *function.body);
}

void fixed_size(model::Kernel& kernel, const clang::FunctionDecl& declared, clang::ASTContext& context,
                Reporter& reporter) {
  for (const auto* attribute : declared.specific_attrs<clang::AnnotateAttr>()) {
    if (attribute->getAnnotation() != "dotcompute::group") continue;
    std::uint64_t items = 1;
    std::uint64_t sides[3] = {1, 1, 1};
    std::string text;
    bool is_valid = attribute->args_size() >= 1 && attribute->args_size() <= 3;
    unsigned d = 0;
    for (const clang::Expr* argument : attribute->args()) {
      clang::Expr::EvalResult value;
      if (d == 3 || argument->isValueDependent() || !argument->EvaluateAsInt(value, context)) {
        is_valid = false;
        break;
      }
      const llvm::APSInt number = value.Val.getInt();
      text += (d > 0 ? " x " : "") + llvm::toString(number, 10);
      const bool is_side = number.isStrictlyPositive() && number.getActiveBits() <= 32;
      sides[d] = is_side ? number.getZExtValue() : 0;
      items = is_side && items <= model::largest_group ? items * sides[d] : 0;
      ++d;
    }
    if (!is_valid || items == 0 || items > model::largest_group) {
      reporter.report(attribute->getLocation(), Rule::group_size,
                      {kernel.function->name, text.empty() ? "such" : text});
      return;
    }
    for (d = 0; d < 3; ++d) kernel.group.fixed_size[d] = static_cast<std::uint32_t>(sides[d]);
    return;
  }
}

}  // namespace

void analyse_group(model::Model& model, model::Kernel& kernel, const clang::FunctionDecl& declared,
                   clang::ASTContext& context, Reporter& reporter) {
  const std::size_t reported = reporter.reported();
  fixed_size(kernel, declared, context, reporter);
  look(*kernel.function, kernel.group);
  for (const model::Function* callee : kernel.callees) {
    model::GroupUse use;
    look(*callee, use);
    kernel.group.ids = kernel.group.ids || use.ids;
    kernel.group.barriers = kernel.group.barriers || use.barriers;
    if (use.shared) {
      reporter.report(declared.getLocation(), Rule::shared_array_place,
                      {"the SharedArray of '" + callee->name + "'", "in a function that a kernel calls"});
    }
  }
  if (!kernel.group.any() || reporter.reported() != reported) return;
  FlatBody flat = flatten(model, *kernel.function, reporter);
  if (kernel.group.barriers) flat = split_live_ranges(model, flat);
  kernel.flat_body = flat.body;
  if (flat.publishes) {
    kernel.group.shared = true;
    kernel.group.published = model.published_words();
    kernel.group.published_items = kernel.group.is_fixed() ? kernel.group.fixed_items() : model::largest_group;
    kernel.group.shared_bytes += kernel.group.published_bytes();
  }
  const Uniformity uniformity(kernel.function->parameters, *flat.body);
  check_control(flat, uniformity, reporter);
  if (reporter.reported() != reported) return;
  kernel.plan = make_plan(model, kernel.function->parameters, *flat.body, uniformity, kernel.group);
  kernel.item_bytes = kernel.plan->item_bytes;
}

}  // namespace kernelc::groups
