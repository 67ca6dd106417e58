#include <algorithm>

#include "frontend/translator.hpp"

namespace kernelc {

using clang::Expr;

Translator::E Translator::initializer_list(const clang::InitListExpr* list) {
  if (list->isSyntacticForm() && list->getSemanticForm() != nullptr) list = list->getSemanticForm();
  const model::Type* type = this->type(list->getType(), list->getBeginLoc());
  if (list->isTransparent() || list->isStringLiteralInit() || (!type->is_aggregate() && list->getNumInits() == 1)) {
    return expression(list->getInit(0));
  }
  if (list->getNumInits() == 0 &&
      (list->getArrayFiller() == nullptr || llvm::isa<clang::ImplicitValueInitExpr>(list->getArrayFiller()))) {
    return make(type, false, list, model::Zero{});
  }
  return aggregate(type, list->inits(), list->getArrayFiller(), list);
}

Translator::E Translator::aggregate(const model::Type* type, llvm::ArrayRef<Expr*> initializers, const Expr* filler,
                                    const Expr* at) {
  const bool has_default = std::any_of(initializers.begin(), initializers.end(),
                                       [](const Expr* e) { return llvm::isa<clang::CXXDefaultInitExpr>(e); });
  if (has_default) return structure_with_this(type, initializers, at);
  if (type->kind == model::TypeKind::structure) return structure(type, initializers, at);
  model::Aggregate result;
  for (const Expr* initializer : initializers) {
    const E value = expression(initializer);
    result.elements.push_back(value->is_lvalue ? load(value) : value);  // an array of characters from a string
  }
  if (type->kind == model::TypeKind::array && result.elements.size() < type->count) {
    result.elements.push_back(filler != nullptr ? expression(filler) : make(type->element, false, at, model::Zero{}));
  }
  return make(type, false, at, std::move(result));
}

/// A std::initializer_list: a pointer to an array that is made for it, and its size.
Translator::E Translator::listed(const clang::CXXStdInitializerListExpr* list) {
  const model::Type* type = this->type(list->getType(), list->getBeginLoc());
  const E made = expression(list->getSubExpr());
  const E array = made->is_lvalue ? made : temporary(made, "list");
  if (type->kind != model::TypeKind::structure || type->structure->fields.size() != 2 ||
      !type->structure->fields[1].type->is_integer()) {
    reporter_.reject(list->getBeginLoc(), Rule::library_function, {"this library's std::initializer_list"});
  }
  const model::Type* pointer = type->structure->fields[0].type;
  const E first = make(pointer, false, list, model::AddressOf{array});
  const E count = integer(array->type->count, model::ScalarType::uint64, list);
  return make(type, false, list, model::Aggregate{{first, count}});
}

Translator::E Translator::structure(const model::Type* type, llvm::ArrayRef<Expr*> initializers, const Expr* at) {
  model::Aggregate result;
  const std::vector<Part> parts = this->parts(record_of(at->getType()));
  for (std::size_t i = 0; i < initializers.size() && i < parts.size(); ++i) {
    if (parts[i].is_empty) continue;
    const E value = expression(initializers[i]);
    result.elements.push_back(parts[i].is_reference ? address_of(value) : value->is_lvalue ? load(value) : value);
  }
  if (result.elements.empty()) return make(type, false, at, model::Zero{});
  return make(type, false, at, std::move(result));
}

/// A struct some of whose members have default initialisers, which may use the members before them: in an object of
/// its own, member by member.
Translator::E Translator::structure_with_this(const model::Type* type, llvm::ArrayRef<Expr*> initializers,
                                              const Expr* at) {
  const model::Variable* const outer = scope_.initialised;
  const model::Variable* whole = model_.variable("aggregate", type);
  const E object = make(type, true, at, model::VariableUse{whole});
  E steps = make(type, true, at, model::Temporary{whole, make(type, false, at, model::Zero{})});
  const std::vector<Part> parts = this->parts(record_of(at->getType()));
  for (std::size_t i = 0; i < initializers.size() && i < parts.size(); ++i) {
    if (parts[i].is_empty) continue;
    scope_.initialised = llvm::isa<clang::CXXDefaultInitExpr>(initializers[i]) ? whole : outer;
    const std::uint32_t field = parts[i].field;
    const E target = make(type->structure->fields[field].type, true, at, model::Member{object, field});
    const E value = expression(initializers[i]);
    const E kept = parts[i].is_reference ? address_of(value) : value->is_lvalue ? load(value) : value;
    steps = sequence(steps, make(target->type, true, at, model::Assign{target, kept}), at);
  }
  scope_.initialised = outer;
  return sequence(steps, load(object), at);
}

}  // namespace kernelc
