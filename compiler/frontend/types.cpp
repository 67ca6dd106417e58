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

std::optional<std::uint64_t> Translator::fixed_extent(QualType type) const {
  if (!is_span(type)) return std::nullopt;
  const auto& extent = llvm::cast<clang::ClassTemplateSpecializationDecl>(record_of(type))->getTemplateArgs()[1];
  if (extent.getAsIntegral().isAllOnes()) return std::nullopt;
  return extent.getAsIntegral().getZExtValue();
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
    const model::Type* of = type(element, location);
    const bool is_const = element.isConstQualified();
    // As it lies in memory: one of fixed extent is its pointer alone.
    return records_[record] = fixed_extent(spelled) ? model_.pointer(of, is_const) : model_.span(of, is_const);
  }
  if (is_shared_array(record)) {
    const auto& arguments = llvm::cast<clang::ClassTemplateSpecializationDecl>(record)->getTemplateArgs();
    return records_[record] =
               model_.array(type(arguments[0].getAsType(), location), arguments[1].getAsIntegral().getZExtValue());
  }
  if (!record->hasDefinition()) reporter_.reject(location, Rule::type_not_supported, {name});
  if (record->isUnion()) reporter_.reject(location, Rule::type_union, {name});
  if (record->isPolymorphic() || record->getNumVBases() > 0) reporter_.reject(location, Rule::type_virtual, {name});
  if (record->isInStdNamespace() && record->getIdentifier() != nullptr && record->getName() == "complex") {
    reporter_.reject(location, Rule::type_complex, {name});
  }
  if (!record->hasTrivialDestructor()) reporter_.reject(location, Rule::destructor, {name});

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
  std::uint64_t end = 0;
  const auto add = [&](std::string name, const model::Type* type, std::uint64_t offset, SourceLocation location) {
    if (offset < end || offset % type->alignment != 0) reporter_.reject(location, Rule::type_layout, {name});
    end = offset + type->size;
    structure.fields.push_back({std::move(name), type, offset});
  };
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const clang::CXXRecordDecl* of = record_of(base.getType());
    if (of->isEmpty()) continue;  // nothing of it is ever looked at
    const auto offset = static_cast<std::uint64_t>(layout.getBaseClassOffset(of).getQuantity());
    const std::string number = structure.fields.empty() ? "" : "_" + std::to_string(structure.fields.size() + 1);
    add("base" + number, type(base.getType(), base.getBeginLoc()), offset, base.getBeginLoc());
  }
  for (const clang::FieldDecl* field : record->fields()) {
    const SourceLocation at = field->getLocation();
    if (field->isBitField()) reporter_.reject(at, Rule::type_bit_field, {field->getNameAsString()});
    if (!field->getType()->isReferenceType() &&
        is_shared_array(record_of(context_.getBaseElementType(field->getType())))) {
      reporter_.reject(at, Rule::shared_array_place, {"'" + field->getNameAsString() + "'", "a data member"});
    }
    if (field->hasAttr<clang::NoUniqueAddressAttr>()) {
      reporter_.reject(at, Rule::type_layout, {field->getNameAsString()});
    }
    const bool is_capture = record->isLambda();
    const std::string number = std::to_string(structure.fields.size());
    add(is_capture ? "capture_" + number : field->getNameAsString(), variable_type(field->getType(), at),
        layout.getFieldOffset(field->getFieldIndex()) / 8, at);
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
