#include <clang/AST/Attr.h>
#include <clang/AST/RecordLayout.h>

#include "frontend/translator.hpp"

namespace kernelc {

using clang::QualType;
using clang::SourceLocation;
using model::ScalarType;

bool is_shared_array(const clang::CXXRecordDecl* record) {
  if (record == nullptr || record->getIdentifier() == nullptr || record->getName() != "SharedArray") return false;
  const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(record->getDeclContext());
  return space != nullptr && space->getName() == "dotcompute" && space->getParent()->isTranslationUnit() &&
         llvm::isa<clang::ClassTemplateSpecializationDecl>(record);
}

const clang::CXXRecordDecl* Translator::record_of(QualType type) {
  const clang::CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  return record != nullptr && record->hasDefinition() ? record->getDefinition() : record;
}

bool Translator::is_span(QualType type) const {
  const clang::CXXRecordDecl* record = record_of(type);
  return record != nullptr && record->isInStdNamespace() && record->getIdentifier() != nullptr &&
         record->getName() == "span" && llvm::isa<clang::ClassTemplateSpecializationDecl>(record);
}

const model::Type* Translator::builtin_type(const clang::BuiltinType* type, SourceLocation location) {
  if (type->getKind() == clang::BuiltinType::Void) return model_.nothing();
  if (type->getKind() == clang::BuiltinType::Bool) return model_.scalar(ScalarType::boolean);
  if (type->getKind() == clang::BuiltinType::Float) return model_.scalar(ScalarType::float32);
  if (type->getKind() == clang::BuiltinType::Double) return model_.scalar(ScalarType::float64);
  if (type->isInteger()) {
    const bool is_signed = type->isSignedInteger();
    switch (context_.getTypeSize(type)) {
      case 8: return model_.scalar(is_signed ? ScalarType::int8 : ScalarType::uint8);
      case 16: return model_.scalar(is_signed ? ScalarType::int16 : ScalarType::uint16);
      case 32: return model_.scalar(is_signed ? ScalarType::int32 : ScalarType::uint32);
      case 64: return model_.scalar(is_signed ? ScalarType::int64 : ScalarType::uint64);
      default: break;
    }
  }
  reporter_.reject(location, Rule::type_not_supported, {QualType(type, 0).getAsString(context_.getPrintingPolicy())});
}

const model::Type* Translator::type(QualType declared, SourceLocation location) {
  const QualType type = declared.getCanonicalType();
  const std::string text = declared.getAsString(context_.getPrintingPolicy());
  if (type.isVolatileQualified()) reporter_.reject(location, Rule::type_volatile, {text});
  if (const auto* builtin = llvm::dyn_cast<clang::BuiltinType>(type.getTypePtr())) {
    return builtin_type(builtin, location);
  }
  if (const auto* enumeration = llvm::dyn_cast<clang::EnumType>(type.getTypePtr())) {
    return this->type(enumeration->getDecl()->getIntegerType(), location);
  }
  if (const auto* pointer = llvm::dyn_cast<clang::PointerType>(type.getTypePtr())) {
    const QualType pointee = pointer->getPointeeType();
    if (pointee->isFunctionType()) reporter_.reject(location, Rule::function_pointer);
    if (pointee->isVoidType()) reporter_.reject(location, Rule::type_not_supported, {text});
    return model_.pointer(this->type(pointee, location), pointee.isConstQualified());
  }
  if (const auto* array = context_.getAsConstantArrayType(type)) {
    return model_.array(this->type(array->getElementType(), location), array->getSize().getZExtValue());
  }
  if (const clang::CXXRecordDecl* record = record_of(type); record != nullptr && !type->isReferenceType()) {
    return record_type(record, location);
  }
  reporter_.reject(location, Rule::type_not_supported, {text});
}

const model::Type* Translator::record_type(const clang::CXXRecordDecl* record, SourceLocation location) {
  if (const auto known = records_.find(record); known != records_.end()) return known->second;
  const QualType spelled = context_.getRecordType(record);
  clang::PrintingPolicy policy = context_.getPrintingPolicy();
  policy.AnonymousTagLocations = false;  // the name is part of the kernel's meaning, and a path is not
  const std::string name = spelled.getAsString(policy);

  if (is_span(spelled)) {
    const auto& arguments = llvm::cast<clang::ClassTemplateSpecializationDecl>(record)->getTemplateArgs();
    const QualType element = arguments[0].getAsType();
    if (!arguments[1].getAsIntegral().isAllOnes()) reporter_.reject(location, Rule::span_fixed_extent, {name});
    return records_[record] = model_.span(type(element, location), element.isConstQualified());
  }
  if (is_shared_array(record)) {
    const auto& arguments = llvm::cast<clang::ClassTemplateSpecializationDecl>(record)->getTemplateArgs();
    return records_[record] =
               model_.array(type(arguments[0].getAsType(), location), arguments[1].getAsIntegral().getZExtValue());
  }
  if (!record->hasDefinition()) reporter_.reject(location, Rule::type_not_supported, {name});
  if (record->isUnion()) reporter_.reject(location, Rule::type_union, {name});
  if (record->isLambda()) reporter_.reject(location, Rule::lambda);
  if (!spelled.isTriviallyCopyableType(context_) || record->isPolymorphic()) {
    reporter_.reject(location, Rule::type_not_trivially_copyable, {name});
  }
  if (record->getNumBases() > 0) reporter_.reject(location, Rule::type_has_bases, {name});

  const clang::ASTRecordLayout& layout = context_.getASTRecordLayout(record);
  model::Struct* structure = model_.structure();
  structure->name = name;
  const model::Type* result = model_.structure(structure, static_cast<std::uint64_t>(layout.getSize().getQuantity()),
                                               static_cast<std::uint64_t>(layout.getAlignment().getQuantity()));
  records_[record] = result;
  try {
    fields(record, *structure);
  } catch (const Rejected&) {
    records_.erase(record);  // half a struct is none
    throw;
  }
  return result;
}

void Translator::fields(const clang::CXXRecordDecl* record, model::Struct& structure) {
  const clang::ASTRecordLayout& layout = context_.getASTRecordLayout(record);
  for (const clang::FieldDecl* field : record->fields()) {
    if (field->isBitField()) reporter_.reject(field->getLocation(), Rule::type_bit_field, {field->getNameAsString()});
    if (field->getType()->isReferenceType()) {
      reporter_.reject(field->getLocation(), Rule::type_reference_member, {field->getNameAsString()});
    }
    if (is_shared_array(record_of(context_.getBaseElementType(field->getType())))) {
      reporter_.reject(field->getLocation(), Rule::shared_array_place,
                       {"'" + field->getNameAsString() + "'", "a data member"});
    }
    const model::Type* field_type = type(field->getType(), field->getLocation());
    const std::uint64_t offset = layout.getFieldOffset(field->getFieldIndex()) / 8;
    if (field->hasAttr<clang::NoUniqueAddressAttr>() || offset % field_type->alignment != 0) {
      reporter_.reject(field->getLocation(), Rule::type_layout, {field->getNameAsString()});
    }
    structure.fields.push_back({field->getNameAsString(), field_type, offset});
  }
}

const model::Type* Translator::variable_type(QualType declared, SourceLocation location) {
  if (!declared->isReferenceType()) return type(declared, location);
  const QualType referred = declared.getNonReferenceType();
  return model_.pointer(type(referred, location), referred.isConstQualified());
}

const model::Type* Translator::result_type(const clang::FunctionDecl* function) {
  return variable_type(function->getReturnType(), function->getLocation());
}

}  // namespace kernelc
