#include <cstring>

#include <clang/AST/RecordLayout.h>

#include "frontend/translator.hpp"

namespace kernelc {

/// A variable from outside the function, as bytes: it must be a constant whose value is known now.
const model::Constant* Translator::constant(const clang::VarDecl* declared, clang::SourceLocation location) {
  // The initialiser may belong to another declaration, as that of a static data member does.
  const clang::VarDecl* variable = declared;
  const clang::Expr* initializer = declared->getAnyInitializer(variable);
  if (initializer == nullptr) variable = declared;
  const clang::VarDecl* key = variable->getCanonicalDecl();
  if (const auto known = constants_.find(key); known != constants_.end()) return known->second;

  const std::string name = qualified_name(variable);
  const bool is_constant = variable->isConstexpr() || variable->getType().isConstQualified();
  if (!is_constant) reporter_.reject(location, Rule::mutable_global, {name});
  const bool can_be_known = initializer != nullptr && !initializer->isValueDependent();
  const clang::APValue* value = can_be_known ? variable->evaluateValue() : nullptr;
  if (value == nullptr || variable->getType()->isReferenceType()) {
    reporter_.reject(location, Rule::non_constant_global, {name});
  }
  const model::Type* type = this->type(variable->getType(), location);
  model::Constant* result = model_.constant();
  result->name = name;
  result->type = type;
  result->bytes.assign(type->size, '\0');
  write_value(*value, variable->getType(), result->bytes, 0, variable, location);
  return constants_[key] = result;
}

/// The characters of a string, with the zero at its end.
const model::Constant* Translator::constant(const clang::StringLiteral* text) {
  if (const auto known = strings_.find(text); known != strings_.end()) return known->second;
  model::Constant* result = model_.constant();
  result->name = "string";
  result->type = type(text->getType(), text->getBeginLoc());
  result->bytes = text->getBytes().str();
  result->bytes.resize(result->type->size, '\0');
  return strings_[text] = result;
}

/// A template argument of class type, which is an object.
const model::Constant* Translator::constant(const clang::TemplateParamObjectDecl* object,
                                            clang::SourceLocation location) {
  if (const auto known = template_objects_.find(object); known != template_objects_.end()) return known->second;
  model::Constant* result = model_.constant();
  result->name = "template_argument";
  result->type = type(object->getType(), location);
  result->bytes.assign(result->type->size, '\0');
  write_value(object->getValue(), object->getType(), result->bytes, 0, object, location);
  return template_objects_[object] = result;
}

void Translator::write_value(const clang::APValue& value, clang::QualType type, std::string& bytes,
                             std::uint64_t offset, const clang::NamedDecl* variable, clang::SourceLocation location) {
  const auto store = [&](std::uint64_t bits) {
    const auto size = static_cast<std::size_t>(context_.getTypeSizeInChars(type).getQuantity());
    std::memcpy(bytes.data() + offset, &bits, size);
  };
  switch (value.getKind()) {
    case clang::APValue::Indeterminate: return;
    case clang::APValue::Int: {
      const llvm::APSInt& integer = value.getInt();
      if (integer.getBitWidth() > 64) break;
      return store(static_cast<std::uint64_t>(integer.isSigned() ? integer.getSExtValue()
                                                                 : static_cast<std::int64_t>(integer.getZExtValue())));
    }
    case clang::APValue::Float: {
      const llvm::APInt bits = value.getFloat().bitcastToAPInt();
      if (bits.getBitWidth() > 64) break;
      return store(bits.getZExtValue());
    }
    case clang::APValue::Array: {
      const clang::QualType element = context_.getAsArrayType(type)->getElementType();
      const auto size = static_cast<std::uint64_t>(context_.getTypeSizeInChars(element).getQuantity());
      for (unsigned i = 0; i < value.getArraySize(); ++i) {
        const clang::APValue& item =
            i < value.getArrayInitializedElts() ? value.getArrayInitializedElt(i) : value.getArrayFiller();
        write_value(item, element, bytes, offset + i * size, variable, location);
      }
      return;
    }
    case clang::APValue::Struct: {
      const clang::CXXRecordDecl* record = record_of(type);
      const clang::ASTRecordLayout& layout = context_.getASTRecordLayout(record);
      unsigned base = 0;
      for (const clang::CXXBaseSpecifier& specifier : record->bases()) {
        const clang::APValue& part = value.getStructBase(base++);
        const clang::CXXRecordDecl* of = record_of(specifier.getType());
        if (of->isEmpty()) continue;
        write_value(part, specifier.getType(), bytes,
                    offset + static_cast<std::uint64_t>(layout.getBaseClassOffset(of).getQuantity()), variable,
                    location);
      }
      for (const clang::FieldDecl* field : record->fields()) {
        write_value(value.getStructField(field->getFieldIndex()), field->getType(), bytes,
                    offset + layout.getFieldOffset(field->getFieldIndex()) / 8, variable, location);
      }
      return;
    }
    default: break;
  }
  reporter_.reject(location, Rule::non_constant_global, {qualified_name(variable)});
}

}  // namespace kernelc
