#include "model/model.hpp"

#include <algorithm>

namespace kernelc::model {

const Type* Model::intern(const Type& type) {
  for (const Type& known : types_) {
    if (known.kind == type.kind && known.scalar == type.scalar && known.element == type.element &&
        known.element_is_const == type.element_is_const && known.count == type.count &&
        known.structure == type.structure) {
      return &known;
    }
  }
  return &types_.emplace_back(type);
}

const Type* Model::nothing() { return intern(Type{}); }

const Type* Model::scalar(ScalarType scalar) {
  const std::uint64_t size = dotcompute::size_bytes(scalar);
  return intern(Type{.kind = TypeKind::scalar, .scalar = scalar, .size = size, .alignment = size});
}

const Type* Model::pointer(const Type* element, bool element_is_const) {
  return intern(Type{
      .kind = TypeKind::pointer, .element = element, .element_is_const = element_is_const, .size = 8, .alignment = 8});
}

const Type* Model::span(const Type* element, bool element_is_const) {
  return intern(Type{
      .kind = TypeKind::span, .element = element, .element_is_const = element_is_const, .size = 16, .alignment = 8});
}

const Type* Model::array(const Type* element, std::uint64_t count) {
  return intern(Type{.kind = TypeKind::array,
                     .element = element,
                     .count = count,
                     .size = element->size * count,
                     .alignment = element->alignment});
}

const Variable* Model::published_words() {
  if (published_words_ == nullptr) {
    published_words_ = variable("published", array(scalar(ScalarType::uint64), largest_group));
    published_words_->is_shared = published_words_->is_published = true;
  }
  return published_words_;
}

const Type* Model::structure(const Struct* structure, std::uint64_t size, std::uint64_t alignment) {
  return intern(Type{.kind = TypeKind::structure, .structure = structure, .size = size, .alignment = alignment});
}

std::string_view name(AtomicOperation op) {
  constexpr std::string_view names[] = {
      "add", "sub", "min", "max", "and", "or", "xor", "exchange", "compare_exchange", "load", "store"};
  return names[static_cast<std::size_t>(op)];
}

std::string spelling(const Type& type) {
  switch (type.kind) {
    case TypeKind::nothing: return "void";
    case TypeKind::scalar:
      switch (type.scalar) {
        case ScalarType::boolean: return "bool";
        case ScalarType::float32: return "float";
        case ScalarType::float64: return "double";
        default: return "std::" + std::string(dotcompute::name(type.scalar)) + "_t";
      }
    case TypeKind::pointer: return (type.element_is_const ? "const " : "") + spelling(*type.element) + "*";
    case TypeKind::span:
      return std::string("std::span<") + (type.element_is_const ? "const " : "") + spelling(*type.element) + ">";
    case TypeKind::structure: return type.structure->name;
    case TypeKind::array: return spelling(*type.element) + "[" + std::to_string(type.count) + "]";
  }
  return "";
}

bool is_data(const Type& type) {
  const auto is_plain = [](const auto& self, const Type& part) -> bool {
    switch (part.kind) {
      case TypeKind::scalar: return true;
      case TypeKind::array: return self(self, *part.element);
      case TypeKind::structure:
        return std::all_of(part.structure->fields.begin(), part.structure->fields.end(),
                           [&](const Field& field) { return self(self, *field.type); });
      default: return false;
    }
  };
  return is_plain(is_plain, type.kind == TypeKind::span ? *type.element : type);
}

}  // namespace kernelc::model
