/// Base classes, captures and orderings: what a class is made of besides its own members.

#include <clang/AST/ComparisonCategories.h>

#include "frontend/translator.hpp"

namespace kernelc {

using model::BinaryOperator;

namespace {

std::uint32_t bases_with_members(const clang::CXXRecordDecl* record) {
  std::uint32_t count = 0;
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    if (!base.getType()->getAsCXXRecordDecl()->isEmpty()) ++count;
  }
  return count;
}

}  // namespace

/// The number of a data member among the fields of the model, where the bases come first.
std::uint32_t Translator::field_index(const clang::FieldDecl* field) {
  const auto* record = llvm::cast<clang::CXXRecordDecl>(field->getParent());
  return bases_with_members(record) + field->getFieldIndex();
}

std::vector<Translator::Part> Translator::parts(const clang::CXXRecordDecl* record) {
  std::vector<Part> result;
  std::uint32_t next = 0;
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const bool is_empty = record_of(base.getType())->isEmpty();
    result.push_back({.field = next, .is_empty = is_empty});
    if (!is_empty) ++next;
  }
  for (const clang::FieldDecl* field : record->fields()) {
    result.push_back({.field = next++, .is_reference = field->getType()->isReferenceType()});
  }
  return result;
}

/// A direct base of an object. One without members lies nowhere: an object of its own stands for it.
Translator::E Translator::base_object(E object, const clang::CXXRecordDecl* derived, const clang::CXXRecordDecl* base,
                                      const clang::Stmt* at) {
  const model::Type* type = record_type(base, at->getBeginLoc());
  if (base->isEmpty()) return temporary(make(type, false, at, model::Zero{}), "base");
  std::uint32_t index = 0;
  for (const clang::CXXBaseSpecifier& each : derived->bases()) {
    const clang::CXXRecordDecl* of = record_of(each.getType());
    if (of == base) break;
    if (!of->isEmpty()) ++index;
  }
  return make(type, true, at, model::Member{object, index});
}

/// An object, or a pointer to it, seen as one of a base class.
Translator::E Translator::to_base(const clang::CastExpr* cast) {
  const clang::Expr* source = cast->getSubExpr();
  const bool is_pointer = source->getType()->isPointerType();
  const E value = expression(source);
  E object = value;
  if (is_pointer) {
    object = make(value->type->element, true, cast, model::Dereference{value});
  } else if (!value->is_lvalue) {
    object = temporary(value, "temporary");
  }
  const clang::CXXRecordDecl* derived = record_of(is_pointer ? source->getType()->getPointeeType() : source->getType());
  const bool has_effects = source->HasSideEffects(context_);
  for (const clang::CXXBaseSpecifier* step : cast->path()) {
    const clang::CXXRecordDecl* base = record_of(step->getType());
    const E part = base_object(object, derived, base, cast);
    object = base->isEmpty() && has_effects ? sequence(object, part, cast) : part;
    derived = base;
  }
  return is_pointer ? address_of(object) : object;
}

/// `using Base::Base`: the base is constructed from the parameters of the constructor that inherits.
Translator::E Translator::inherited_construction(const clang::CXXInheritedCtorInitExpr* source) {
  const model::Type* type = this->type(source->getType(), source->getBeginLoc());
  model::Construct result{function(source->getConstructor(), source->getBeginLoc()), {}, false};
  for (const clang::ParmVarDecl* parameter : scope_.declaration->parameters()) {
    const model::Variable* variable = scope_.variables.at(parameter);
    result.arguments.push_back(load(make(variable->type, true, source, model::VariableUse{variable})));
  }
  return make(type, false, source, std::move(result));
}

/// A lambda is an object whose members are what it captures.
Translator::E Translator::lambda(const clang::LambdaExpr* source) {
  const model::Type* type = this->type(source->getType(), source->getBeginLoc());
  model::Aggregate result;
  auto field = source->getLambdaClass()->field_begin();
  for (const clang::Expr* initial : source->capture_inits()) {
    const E value = expression(initial);
    const bool is_reference = (*field++)->getType()->isReferenceType();
    result.elements.push_back(is_reference ? address_of(value) : value->is_lvalue ? load(value) : value);
  }
  if (result.elements.empty()) return make(type, false, source, model::Zero{});
  return make(type, false, source, std::move(result));
}

/// In a lambda's body: what it captured, as an object.
Translator::E Translator::capture(const clang::FieldDecl* field, const clang::Stmt* at) {
  const E self = load(make(scope_.object->type, true, at, model::VariableUse{scope_.object}));
  const E object = make(scope_.object->type->element, true, at, model::Dereference{self});
  const model::Type* type = variable_type(field->getType(), at->getBeginLoc());
  const E place = make(type, true, at, model::Member{object, field_index(field)});
  if (!field->getType()->isReferenceType()) return place;
  return make(type->element, true, at, model::Dereference{load(place)});
}

/// `left <=> right` of numbers or pointers: one of the constants of its type.
Translator::E Translator::three_way(const clang::BinaryOperator* op) {
  const clang::ComparisonCategoryInfo& category = context_.CompCategories.getInfoForType(op->getType());
  const auto constant_of = [&](clang::ComparisonCategoryResult result) {
    const clang::VarDecl* variable = category.getValueInfo(category.makeWeakResult(result))->VD;
    const model::Constant* value = constant(variable, op->getOperatorLoc());
    return load(make(value->type, true, op, model::ConstantUse{value}));
  };
  const E left = temporary(expression(op->getLHS()), "left");
  const E right = temporary(expression(op->getRHS()), "right");
  const auto is = [&](BinaryOperator comparison) {
    return make(model_.scalar(model::ScalarType::boolean), false, op,
                model::Binary{comparison, use_of(left), use_of(right)});
  };
  const auto choose = [&](E condition, E yes, E no) {
    return make(yes->type, false, op, model::Conditional{condition, yes, no});
  };
  E otherwise = constant_of(clang::ComparisonCategoryResult::Greater);
  if (category.isPartial()) {
    otherwise = choose(is(BinaryOperator::greater), otherwise, constant_of(clang::ComparisonCategoryResult::Unordered));
  }
  otherwise = choose(is(BinaryOperator::equal), constant_of(clang::ComparisonCategoryResult::Equal), otherwise);
  const E result = choose(is(BinaryOperator::less), constant_of(clang::ComparisonCategoryResult::Less), otherwise);
  return sequence(left, sequence(right, result, op), op);
}

}  // namespace kernelc
