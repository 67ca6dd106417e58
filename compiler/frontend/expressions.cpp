#include <cstring>

#include <clang/AST/ExprConcepts.h>
#include <clang/Basic/SourceManager.h>

#include "frontend/translator.hpp"

namespace kernelc {

using clang::Expr;
using model::BinaryOperator;
using model::ScalarType;

namespace {

/// Why an expression has no place in a kernel, for those with a rule of their own.
std::optional<std::pair<Rule, std::string>> expression_rule(const Expr* expression) {
  using P = std::pair<Rule, std::string>;
  if (llvm::isa<clang::CXXNewExpr>(expression)) return P{Rule::heap, "'new'"};
  if (llvm::isa<clang::CXXDeleteExpr>(expression)) return P{Rule::heap, "'delete'"};
  if (llvm::isa<clang::CXXThrowExpr>(expression)) return P{Rule::exception, "'throw'"};
  if (llvm::isa<clang::CXXTypeidExpr>(expression)) return P{Rule::run_time_type, "'typeid'"};
  if (llvm::isa<clang::CXXDynamicCastExpr>(expression)) return P{Rule::run_time_type, "'dynamic_cast'"};
  const auto* text = llvm::dyn_cast<clang::StringLiteral>(expression);
  if ((text != nullptr && text->getCharByteWidth() != 1) || llvm::isa<clang::PredefinedExpr>(expression)) {
    return P{Rule::string_literal, text != nullptr ? "a string of wide characters" : "the name of a function"};
  }
  if (llvm::isa<clang::AddrLabelExpr>(expression)) return P{Rule::jump, "a label's address"};
  if (llvm::isa<clang::CoawaitExpr, clang::CoyieldExpr>(expression)) return P{Rule::jump, "a coroutine"};
  return std::nullopt;
}

/// A floating-point number as it is written, with or without a sign.
bool is_number(const Expr* expression) {
  expression = expression->IgnoreParenImpCasts();
  const auto* sign = llvm::dyn_cast<clang::UnaryOperator>(expression);
  if (sign != nullptr && sign->getOpcode() == clang::UO_Minus) expression = sign->getSubExpr()->IgnoreParenImpCasts();
  if (const auto* replaced = llvm::dyn_cast<clang::SubstNonTypeTemplateParmExpr>(expression))
    return is_number(replaced->getReplacement());
  return llvm::isa<clang::FloatingLiteral>(expression);
}

std::optional<BinaryOperator> binary_operator(clang::BinaryOperatorKind kind) {
  switch (kind) {
    case clang::BO_Add:
    case clang::BO_AddAssign: return BinaryOperator::add;
    case clang::BO_Sub:
    case clang::BO_SubAssign: return BinaryOperator::subtract;
    case clang::BO_Mul:
    case clang::BO_MulAssign: return BinaryOperator::multiply;
    case clang::BO_Div:
    case clang::BO_DivAssign: return BinaryOperator::divide;
    case clang::BO_Rem:
    case clang::BO_RemAssign: return BinaryOperator::remainder;
    case clang::BO_Shl:
    case clang::BO_ShlAssign: return BinaryOperator::shift_left;
    case clang::BO_Shr:
    case clang::BO_ShrAssign: return BinaryOperator::shift_right;
    case clang::BO_And:
    case clang::BO_AndAssign: return BinaryOperator::bit_and;
    case clang::BO_Or:
    case clang::BO_OrAssign: return BinaryOperator::bit_or;
    case clang::BO_Xor:
    case clang::BO_XorAssign: return BinaryOperator::bit_xor;
    case clang::BO_EQ: return BinaryOperator::equal;
    case clang::BO_NE: return BinaryOperator::not_equal;
    case clang::BO_LT: return BinaryOperator::less;
    case clang::BO_LE: return BinaryOperator::less_equal;
    case clang::BO_GT: return BinaryOperator::greater;
    case clang::BO_GE: return BinaryOperator::greater_equal;
    default: return std::nullopt;
  }
}

}  // namespace

Translator::E Translator::make(const model::Type* type, bool is_lvalue, const clang::Stmt* at,
                               model::ExpressionNode node) {
  const PlaceScope place(model_, at->getBeginLoc());
  return model_.expression(type, is_lvalue, line(at->getBeginLoc()), std::move(node));
}

std::uint32_t Translator::line(clang::SourceLocation location) const {
  // What the compiler made itself has no place.
  const clang::PresumedLoc place = context_.getSourceManager().getPresumedLoc(location);
  return place.isValid() ? place.getLine() : 0;
}

Translator::E Translator::load(E object) {
  const PlaceScope place(model_, clang::SourceLocation::getFromRawEncoding(object->place));
  if (const auto* use = std::get_if<model::ConstantUse>(&object->node); use != nullptr && object->type->is_scalar()) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, use->constant->bytes.data(), use->constant->bytes.size());
    if (object->type->is_signed() && object->type->bits() < 64) {
      const unsigned shift = 64 - object->type->bits();
      bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
    }
    return model_.expression(object->type, false, object->line, model::Literal{bits});
  }
  return model_.expression(object->type, false, object->line, model::Load{object});
}

/// The file that `line` counts in. A library's is named by its real path: Clang finds it along a winding one.
std::string Translator::file(clang::SourceLocation location) const {
  const clang::SourceManager& sources = context_.getSourceManager();
  const clang::PresumedLoc place = sources.getPresumedLoc(location);
  if (!place.isValid()) return "";
  const auto entry = sources.getFileEntryRefForID(sources.getFileID(sources.getExpansionLoc(location)));
  if (!sources.isInSystemHeader(location) || !entry || entry->getName() != place.getFilename()) {
    return place.getFilename();
  }
  const llvm::StringRef real = entry->getFileEntry().tryGetRealPathName();
  return real.empty() ? place.getFilename() : real.str();
}

/// A pointer to an object; for an array, to its first element is what `cast` makes of it.
Translator::E Translator::address_of(E object) {
  if (!object->is_lvalue) object = temporary(object, "temporary");
  return model_.expression(model_.pointer(object->type, false), false, object->line, model::AddressOf{object});
}

Translator::E Translator::temporary(E value, std::string_view name) {
  const model::Variable* variable = model_.variable(std::string(name), value->type);
  return model_.expression(value->type, true, value->line, model::Temporary{variable, value});
}

/// The value of a temporary that has been evaluated.
Translator::E Translator::use_of(E temporary) {
  const model::Variable* variable = std::get<model::Temporary>(temporary->node).variable;
  return load(model_.expression(temporary->type, true, temporary->line, model::VariableUse{variable}));
}

Translator::E Translator::sequence(E first, E second, const clang::Stmt* at) {
  return make(second->type, second->is_lvalue, at, model::Sequence{first, second});
}

Translator::E Translator::integer(std::uint64_t value, ScalarType scalar, const clang::Stmt* at) {
  return make(model_.scalar(scalar), false, at, model::Literal{value});
}

Translator::E Translator::element(E span, E index, const clang::Stmt* at) {
  const model::Type* pointer = model_.pointer(span->type->element, span->type->element_is_const);
  const E data = span_data(span, at);
  return make(span->type->element, true, at,
              model::Dereference{make(pointer, false, at, model::PointerAdd{data, index, false})});
}

/// The bits of a scalar constant, if the compiler can tell them.
std::optional<std::uint64_t> Translator::constant_bits(const Expr* source) {
  Expr::EvalResult result;
  if (source->isValueDependent() || !source->EvaluateAsRValue(result, context_) || result.HasSideEffects) {
    return std::nullopt;
  }
  if (result.Val.isInt()) {
    const llvm::APSInt& value = result.Val.getInt();
    if (value.getBitWidth() > 64) return std::nullopt;
    return static_cast<std::uint64_t>(value.isSigned() ? value.getSExtValue()
                                                       : static_cast<std::int64_t>(value.getZExtValue()));
  }
  if (result.Val.isFloat()) {
    const llvm::APInt bits = result.Val.getFloat().bitcastToAPInt();
    if (bits.getBitWidth() <= 64) return bits.getZExtValue();
  }
  return std::nullopt;
}

Translator::E Translator::expression(const Expr* source) {
  source = source->IgnoreParens();
  if (const auto rule = expression_rule(source)) {
    reporter_.reject(source->getBeginLoc(), rule->first, {rule->second});
  }
  if (const auto* constant = llvm::dyn_cast<clang::ConstantExpr>(source);
      constant != nullptr && constant->hasAPValueResult() && !constant->isGLValue()) {
    if (const auto bits = constant_bits(constant)) {
      return make(type(source->getType(), source->getBeginLoc()), false, source, model::Literal{*bits});
    }
    // What a consteval constructor made of nothing, as the zero that an ordering is compared with.
    if (const auto* record = record_of(source->getType()); record != nullptr && record->isEmpty()) {
      return make(type(source->getType(), source->getBeginLoc()), false, source, model::Zero{});
    }
  }
  if (const auto* full = llvm::dyn_cast<clang::FullExpr>(source)) return expression(full->getSubExpr());
  if (const auto* replaced = llvm::dyn_cast<clang::SubstNonTypeTemplateParmExpr>(source)) {
    return expression(replaced->getReplacement());
  }
  if (const auto* value = llvm::dyn_cast<clang::CXXDefaultArgExpr>(source)) return expression(value->getExpr());
  if (const auto* value = llvm::dyn_cast<clang::CXXDefaultInitExpr>(source)) return expression(value->getExpr());
  if (const auto* rewritten = llvm::dyn_cast<clang::CXXRewrittenBinaryOperator>(source)) {
    return expression(rewritten->getSemanticForm());
  }
  if (llvm::isa<clang::IntegerLiteral, clang::CharacterLiteral, clang::CXXBoolLiteralExpr, clang::FloatingLiteral,
                clang::UnaryExprOrTypeTraitExpr, clang::TypeTraitExpr, clang::SizeOfPackExpr,
                clang::ConceptSpecializationExpr, clang::RequiresExpr, clang::CXXNoexceptExpr, clang::OffsetOfExpr,
                clang::ArrayTypeTraitExpr, clang::SourceLocExpr>(source)) {
    const model::Type* type = this->type(source->getType(), source->getBeginLoc());
    if (const auto bits = constant_bits(source)) return make(type, false, source, model::Literal{*bits});
  }
  if (llvm::isa<clang::ImplicitValueInitExpr, clang::CXXScalarValueInitExpr>(source)) {
    return make(type(source->getType(), source->getBeginLoc()), false, source, model::Zero{});
  }
  if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(source)) return this->cast(cast);
  if (const auto* op = llvm::dyn_cast<clang::UnaryOperator>(source)) return unary(op);
  if (const auto* op = llvm::dyn_cast<clang::CompoundAssignOperator>(source)) return compound_assignment(op);
  if (const auto* op = llvm::dyn_cast<clang::BinaryOperator>(source)) return binary(op);
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(source)) return declaration_reference(reference);
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(source)) return this->member(member);
  if (const auto* call = llvm::dyn_cast<clang::CallExpr>(source)) return this->call(call);
  if (const auto* construct = llvm::dyn_cast<clang::CXXConstructExpr>(source)) return this->construct(construct);
  if (const auto* inherited = llvm::dyn_cast<clang::CXXInheritedCtorInitExpr>(source)) {
    return inherited_construction(inherited);
  }
  if (const auto* lambda = llvm::dyn_cast<clang::LambdaExpr>(source)) return this->lambda(lambda);
  if (const auto* list = llvm::dyn_cast<clang::CXXStdInitializerListExpr>(source)) return listed(list);
  if (const auto* compound = llvm::dyn_cast<clang::CompoundLiteralExpr>(source); compound && !compound->isFileScope()) {
    const E value = expression(compound->getInitializer());
    return compound->isGLValue() && !value->is_lvalue ? temporary(value, "literal") : value;
  }
  if (const auto* text = llvm::dyn_cast<clang::StringLiteral>(source)) {
    const model::Constant* bytes = constant(text);
    return make(bytes->type, true, source, model::ConstantUse{bytes});
  }
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(source)) return initializer_list(list);
  if (const auto* list = llvm::dyn_cast<clang::CXXParenListInitExpr>(source)) {
    return aggregate(type(list->getType(), list->getBeginLoc()), list->getInitExprs(), list->getArrayFiller(), list);
  }
  if (const auto* loop = llvm::dyn_cast<clang::ArrayInitLoopExpr>(source)) {
    // The copy of an array, as in `auto [a, b] = array`.
    const E whole = expression(loop->getCommonExpr()->getSourceExpr());
    return whole->is_lvalue ? load(whole) : whole;
  }
  if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(source)) {
    const E test = condition(choice->getCond());
    const E yes = expression(choice->getTrueExpr());
    const E no = expression(choice->getFalseExpr());
    return make(yes->type, choice->isGLValue(), source, model::Conditional{test, yes, no});
  }
  if (const auto* subscript = llvm::dyn_cast<clang::ArraySubscriptExpr>(source)) {
    const E pointer = expression(subscript->getBase());
    const E index = expression(subscript->getIdx());
    return make(pointer->type->element, true, source,
                model::Dereference{make(pointer->type, false, source, model::PointerAdd{pointer, index, false})});
  }
  if (const auto* value = llvm::dyn_cast<clang::MaterializeTemporaryExpr>(source)) {
    const E inner = expression(value->getSubExpr());
    return inner->is_lvalue ? inner : temporary(inner, "temporary");
  }
  if (llvm::isa<clang::CXXThisExpr>(source)) {
    if (scope_.initialised != nullptr) {
      return address_of(make(scope_.initialised->type, true, source, model::VariableUse{scope_.initialised}));
    }
    if (const clang::FieldDecl* field = scope_.captured_object) {
      const E object = capture(field, source);
      return field->getType()->isPointerType() ? load(object) : address_of(object);
    }
    return load(make(scope_.object->type, true, source, model::VariableUse{scope_.object}));
  }
  if (llvm::isa<clang::CXXBindTemporaryExpr>(source)) {
    reporter_.reject(source->getBeginLoc(), Rule::destructor,
                     {source->getType().getAsString(context_.getPrintingPolicy())});
  }
  reporter_.reject(source->getBeginLoc(), Rule::expression_not_supported, {source->getStmtClassName()});
}

Translator::E Translator::cast(const clang::CastExpr* source) {
  const Expr* inner = source->getSubExpr();
  const auto converted = [&](E operand) {
    const model::Type* to = type(source->getType(), source->getBeginLoc());
    return operand->type == to ? operand : make(to, false, source, model::Convert{operand});
  };
  switch (source->getCastKind()) {
    case clang::CK_LValueToRValue: {
      const E object = expression(inner);
      return object->is_lvalue ? load(object) : object;
    }
    case clang::CK_NoOp:
    case clang::CK_ConstructorConversion:
    case clang::CK_UserDefinedConversion: return expression(inner);
    case clang::CK_DerivedToBase:
    case clang::CK_UncheckedDerivedToBase: return to_base(source);
    case clang::CK_BaseToDerived:
      reporter_.reject(source->getBeginLoc(), Rule::downcast,
                       {inner->getType().getAsString(context_.getPrintingPolicy()),
                        source->getType().getAsString(context_.getPrintingPolicy())});
    case clang::CK_ToVoid:
      return sequence(expression(inner), make(model_.nothing(), false, source, model::Zero{}), source);
    case clang::CK_ArrayToPointerDecay: {
      const E array = expression(inner);
      return make(model_.pointer(array->type->element, inner->getType().isConstQualified()), false, source,
                  model::AddressOf{array->is_lvalue ? array : temporary(array, "array")});
    }
    case clang::CK_FloatingCast:
      // `float x = 0.5;` needs no double.
      if (is_number(inner)) {
        if (const auto bits = constant_bits(source)) {
          return make(type(source->getType(), source->getBeginLoc()), false, source, model::Literal{*bits});
        }
      }
      return converted(expression(inner));
    case clang::CK_IntegralCast:
    case clang::CK_IntegralToFloating:
    case clang::CK_FloatingToIntegral:
    case clang::CK_BooleanToSignedIntegral:
    case clang::CK_IntegralToBoolean:
    case clang::CK_FloatingToBoolean:
    case clang::CK_PointerToBoolean: return converted(expression(inner));
    case clang::CK_NullToPointer:
      return make(type(source->getType(), source->getBeginLoc()), false, source, model::Zero{});
    case clang::CK_LValueToRValueBitCast: {
      const E object = expression(inner);
      return make(type(source->getType(), source->getBeginLoc()), false, source,
                  model::BitCast{object->is_lvalue ? load(object) : object});
    }
    case clang::CK_FunctionToPointerDecay: reporter_.reject(source->getBeginLoc(), Rule::function_pointer);
    case clang::CK_BitCast:
    case clang::CK_LValueBitCast:
    case clang::CK_PointerToIntegral:
    case clang::CK_IntegralToPointer: {
      // As it is, not by the library's names for it: 'float *', not 'pointer'.
      const auto spelled = [&](clang::QualType type) {
        return type.getDesugaredType(context_).getAsString(context_.getPrintingPolicy());
      };
      reporter_.reject(source->getBeginLoc(), Rule::pointer_cast,
                       {spelled(inner->getType()), spelled(source->getType())});
    }
    default: reporter_.reject(source->getBeginLoc(), Rule::expression_not_supported, {source->getCastKindName()});
  }
}

Translator::E Translator::unary(const clang::UnaryOperator* op) {
  const auto plain = [&](model::UnaryOperator kind) {
    const E operand = expression(op->getSubExpr());
    return make(type(op->getType(), op->getBeginLoc()), false, op, model::Unary{kind, operand});
  };
  const auto step = [&](bool increment, bool prefix) {
    const E object = expression(op->getSubExpr());
    return make(object->type, prefix, op, model::Step{object, increment, prefix});
  };
  switch (op->getOpcode()) {
    case clang::UO_Plus:
    case clang::UO_Extension: return expression(op->getSubExpr());
    case clang::UO_Minus: return plain(model::UnaryOperator::negate);
    case clang::UO_Not: return plain(model::UnaryOperator::complement);
    case clang::UO_LNot: return plain(model::UnaryOperator::logical_not);
    case clang::UO_PreInc: return step(true, true);
    case clang::UO_PreDec: return step(false, true);
    case clang::UO_PostInc: return step(true, false);
    case clang::UO_PostDec: return step(false, false);
    case clang::UO_AddrOf: {
      const Expr* operand = op->getSubExpr()->IgnoreParens();
      if (operand->getType()->isFunctionType()) reporter_.reject(op->getBeginLoc(), Rule::function_pointer);
      return address_of(expression(operand));
    }
    case clang::UO_Deref: {
      const E pointer = expression(op->getSubExpr());
      return make(pointer->type->element, true, op, model::Dereference{pointer});
    }
    default: reporter_.reject(op->getBeginLoc(), Rule::expression_not_supported, {"an unusual operator"});
  }
}

Translator::E Translator::binary(const clang::BinaryOperator* op) {
  const Expr* left_source = op->getLHS();
  const Expr* right_source = op->getRHS();
  if (op->getOpcode() == clang::BO_Comma) {
    const E first = expression(left_source);
    const E second = expression(right_source);
    return make(second->type, second->is_lvalue, op, model::Sequence{first, second});
  }
  if (op->getOpcode() == clang::BO_Cmp) return three_way(op);
  if (op->isPtrMemOp()) {
    reporter_.reject(op->getOperatorLoc(), Rule::expression_not_supported, {op->getOpcodeStr().str()});
  }
  const E left = expression(left_source);
  const E right = expression(right_source);
  if (op->getOpcode() == clang::BO_Assign) return make(left->type, true, op, model::Assign{left, right});
  const model::Type* type = this->type(op->getType(), op->getBeginLoc());
  if (op->isLogicalOp()) {
    return make(type, false, op, model::Logical{op->getOpcode() == clang::BO_LAnd, left, right});
  }
  const bool left_is_pointer = left->type->kind == model::TypeKind::pointer;
  const bool right_is_pointer = right->type->kind == model::TypeKind::pointer;
  if (op->isAdditiveOp() && (left_is_pointer || right_is_pointer)) {
    if (left_is_pointer && right_is_pointer) return make(type, false, op, model::PointerDifference{left, right});
    const bool subtract = op->getOpcode() == clang::BO_Sub;
    return make(left_is_pointer ? left->type : right->type, false, op,
                left_is_pointer ? model::PointerAdd{left, right, subtract} : model::PointerAdd{right, left, false});
  }
  return make(type, false, op, model::Binary{*binary_operator(op->getOpcode()), left, right});
}

Translator::E Translator::compound_assignment(const clang::CompoundAssignOperator* op) {
  const E object = expression(op->getLHS());
  const E value = expression(op->getRHS());
  if (object->type->kind == model::TypeKind::pointer) {
    const BinaryOperator kind = op->getOpcode() == clang::BO_SubAssign ? BinaryOperator::subtract : BinaryOperator::add;
    return make(object->type, true, op, model::CompoundAssign{kind, object, value, object->type});
  }
  const model::Type* computation = type(op->getComputationLHSType(), op->getBeginLoc());
  return make(object->type, true, op,
              model::CompoundAssign{*binary_operator(op->getOpcode()), object, value, computation});
}

Translator::E Translator::declaration_reference(const clang::DeclRefExpr* reference) {
  const clang::ValueDecl* declaration = reference->getDecl();
  if (const auto captured = scope_.captures.find(declaration); captured != scope_.captures.end()) {
    return capture(captured->second, reference);
  }
  if (const auto* enumerator = llvm::dyn_cast<clang::EnumConstantDecl>(declaration)) {
    return this->enumerator(enumerator, reference);
  }
  if (const auto* binding = llvm::dyn_cast<clang::BindingDecl>(declaration)) return expression(binding->getBinding());
  if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration)) {
    return variable_reference(variable, reference->getBeginLoc());
  }
  if (llvm::isa<clang::FunctionDecl>(declaration)) reporter_.reject(reference->getBeginLoc(), Rule::function_pointer);
  if (const auto* object = llvm::dyn_cast<clang::TemplateParamObjectDecl>(declaration)) {
    const model::Constant* constant = this->constant(object, reference->getBeginLoc());
    return make(constant->type, true, reference, model::ConstantUse{constant});
  }
  reporter_.reject(reference->getBeginLoc(), Rule::expression_not_supported, {declaration->getDeclKindName()});
}

Translator::E Translator::enumerator(const clang::EnumConstantDecl* declared, const Expr* at) {
  const llvm::APSInt& value = declared->getInitVal();
  const std::int64_t bits = value.isSigned() ? value.getSExtValue() : static_cast<std::int64_t>(value.getZExtValue());
  return make(type(at->getType(), at->getBeginLoc()), false, at, model::Literal{static_cast<std::uint64_t>(bits)});
}

Translator::E Translator::variable_reference(const clang::VarDecl* variable, clang::SourceLocation location) {
  if (const auto known = scope_.variables.find(variable);
      known != scope_.variables.end() && !scope_.broken.contains(variable)) {
    const PlaceScope place(model_, location);
    const E use = model_.expression(known->second->type, true, line(location), model::VariableUse{known->second});
    if (!variable->getType()->isReferenceType()) return use;
    return model_.expression(known->second->type->element, true, line(location), model::Dereference{load(use)});
  }
  if (scope_.broken.contains(variable)) throw Rejected{};
  const model::Constant* constant = this->constant(variable, location);
  return model_.expression(constant->type, true, line(location), model::ConstantUse{constant});
}

Translator::E Translator::member(const clang::MemberExpr* source) {
  if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(source->getMemberDecl())) {
    const E use = variable_reference(variable, source->getMemberLoc());
    return source->getBase()->HasSideEffects(context_) ? sequence(expression(source->getBase()), use, source) : use;
  }
  if (const auto* enumerator = llvm::dyn_cast<clang::EnumConstantDecl>(source->getMemberDecl())) {
    const E use = this->enumerator(enumerator, source);
    return source->getBase()->HasSideEffects(context_) ? sequence(expression(source->getBase()), use, source) : use;
  }
  const auto* field = llvm::dyn_cast<clang::FieldDecl>(source->getMemberDecl());
  if (field == nullptr) {
    reporter_.reject(source->getMemberLoc(), Rule::expression_not_supported,
                     {source->getMemberDecl()->getDeclKindName()});
  }
  E object = expression(source->getBase());
  if (source->isArrow()) object = make(object->type->element, true, source, model::Dereference{object});
  if (!object->is_lvalue) object = temporary(object, "temporary");
  const model::Type* kept = variable_type(field->getType(), source->getMemberLoc());
  const E place = make(kept, true, source, model::Member{object, field_index(field)});
  if (!field->getType()->isReferenceType()) return place;
  return make(kept->element, true, source, model::Dereference{load(place)});
}

}  // namespace kernelc
