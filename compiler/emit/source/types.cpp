#include "emit/source/types.hpp"

#include <algorithm>
#include <cstring>

#include "emit/source/literals.hpp"
#include "emit/source/words.hpp"

namespace kernelc::source {

namespace {

std::uint64_t natural_alignment(const model::Type& structure) {
  std::uint64_t result = 1;
  for (const model::Field& field : structure.structure->fields) result = std::max(result, field.type->alignment);
  return result;
}

std::string_view word(Space space) {
  switch (space) {
    case Space::global: return "global";
    case Space::shared: return "shared";
    case Space::constant: return "constant";
    case Space::automatic: return "local";
  }
  return "";
}

}  // namespace

std::string Types::scalar(ScalarType type) {
  uses_fp64_ = uses_fp64_ || type == ScalarType::float64;
  return std::string(dialect_.scalar(type));
}

std::string Types::pointer(const model::Type& element, std::span<const Space> spaces) {
  const std::string pointee = name(element, spaces.subspan(1));
  const std::string_view space = dialect_.space(spaces.front());
  if (!pointee.ends_with('*')) return std::string(space) + pointee + "*";
  // Of a pointer to a pointer, the inner one comes first.
  return pointee + (space.empty() ? "" : " ") + std::string(space.substr(0, space.find(' '))) + "*";
}

/// A type in the name of another: "global_float" in "span_global_float".
std::string Types::words(const model::Type& type, std::span<const Space> spaces) {
  if (type.kind != model::TypeKind::pointer) return identifier(name(type, spaces));
  const bool has_space = !dialect_.space(Space::global).empty();
  return (has_space ? std::string(word(spaces.front())) + "_" : "") + words(*type.element, spaces.subspan(1)) +
         "_pointer";
}

std::string Types::name(const model::Type& type, std::span<const Space> spaces) {
  switch (type.kind) {
    case model::TypeKind::nothing: return "void";
    case model::TypeKind::scalar: return scalar(type.scalar);
    case model::TypeKind::pointer: return pointer(*type.element, spaces);
    default: break;
  }
  // C's pointers lose the const, so that the spans of an element and of a const one are the same.
  const bool is_span = type.kind == model::TypeKind::span;
  const model::Type* const same = is_span ? spans_.try_emplace(type.element, &type).first->second : &type;
  const Key key{same, Spaces(spaces.begin(), spaces.end())};
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  if (is_span) {
    const std::string data = pointer(*type.element, spaces);
    const bool has_space = !dialect_.space(Space::global).empty();
    const std::string result = names_.global("span_" + (has_space ? std::string(word(spaces.front())) + "_" : "") +
                                             words(*type.element, spaces.subspan(1)));
    definitions_ +=
        "typedef struct {\n  " + data + " data;\n  " + scalar(ScalarType::uint64) + " size;\n} " + result + ";\n";
    return known_[key] = result;
  }
  if (type.kind == model::TypeKind::array) {
    const std::string element = name(*type.element, spaces);
    const std::string result = names_.global(words(*type.element, spaces) + "_" + std::to_string(type.count));
    definitions_ += "typedef struct {\n  " + element + " at[" + std::to_string(std::max<std::uint64_t>(type.count, 1)) +
                    "];\n} " + result + ";\n";
    return known_[key] = result;
  }
  std::string wanted = identifier(type.structure->name);
  if (!dialect_.space(Space::global).empty()) {
    for (const Space space : spaces) wanted += "_" + std::string(word(space));
  }
  const std::string result = names_.global(wanted);
  known_[key] = result;
  define_struct(type, spaces, result);
  return result;
}

void Types::define_struct(const model::Type& type, std::span<const Space> spaces, const std::string& name) {
  const bool is_data = slots_.count(type) == 0;
  const std::uint64_t natural = natural_alignment(type);
  if (is_data && type.alignment < natural) {
    throw Refused{"'" + type.structure->name +
                  "' is packed: its members may lie where devices cannot read them; give "
                  "it the alignment of its members"};
  }
  std::string body;
  std::uint64_t at = 0;
  std::uint32_t paddings = 0;
  const auto pad = [&](std::uint64_t until) {
    if (!is_data || at >= until) return;
    body += "  " + scalar(ScalarType::uint8) + " padding" + std::to_string(paddings++) + "[" +
            std::to_string(until - at) + "];\n";
    at = until;
  };
  for (std::uint32_t i = 0; i < type.structure->fields.size(); ++i) {
    const model::Field& field = type.structure->fields[i];
    pad(field.offset);
    body += "  " + this->name(*field.type, field_spaces(type, i, spaces)) + " " + this->field(type, i) + ";\n";
    at = field.offset + field.type->size;
  }
  pad(type.size);
  if (body.empty()) body = "  " + scalar(ScalarType::uint8) + " padding0[1];\n";
  const std::string attribute =
      is_data && type.alignment > natural ? "__attribute__((aligned(" + std::to_string(type.alignment) + "))) " : "";
  definitions_ += "typedef struct " + attribute + "{\n" + body + "} " + name + ";\n";
  if (!is_data) return;
  definitions_ += "typedef char " + names_.global("check_" + name) + "[sizeof(" + name +
                  ") == " + std::to_string(type.size) + " ? 1 : -1];\n";
}

const std::vector<std::string>& Types::fields(const model::Type& structure) {
  const auto [entry, is_new] = fields_.try_emplace(structure.structure);
  if (!is_new) return entry->second;
  Names names(is_keyword);
  names.open();
  for (const model::Field& field : structure.structure->fields) {
    // The generated members have names of their own.
    std::string wanted = identifier(field.name);
    if (wanted.starts_with("padding")) wanted += "_";
    entry->second.push_back(names.local(wanted));
  }
  return entry->second;
}

std::string Types::field(const model::Type& structure, std::uint32_t field) { return fields(structure)[field]; }

std::vector<std::uint32_t> Types::layout(const model::Type& structure) {
  std::vector<std::uint32_t> result;
  const bool is_data = slots_.count(structure) == 0;
  std::uint64_t at = 0;
  for (std::uint32_t i = 0; i < structure.structure->fields.size(); ++i) {
    const model::Field& field = structure.structure->fields[i];
    if (is_data && at < field.offset) result.push_back(padding);
    result.push_back(i);
    at = field.offset + field.type->size;
  }
  return result;
}

std::span<const Space> Types::field_spaces(const model::Type& structure, std::uint32_t field,
                                           std::span<const Space> spaces) {
  const model::Type& type = *structure.structure->fields[field].type;
  return spaces.subspan(slots_.before(structure, field), slots_.count(type));
}

/// The initialiser of an object of constant bytes.
std::string Types::value(const model::Type& type, const char* bytes) {
  if (type.kind == model::TypeKind::array) {
    std::string list;
    for (std::uint64_t i = 0; i < type.count; ++i) {
      list += (i == 0 ? "" : ", ") + value(*type.element, bytes + i * type.element->size);
    }
    return "{{" + list + "}}";
  }
  if (type.kind == model::TypeKind::structure) {
    std::string list;
    for (const std::uint32_t part : layout(type)) {
      const bool is_padding = part == padding;
      list +=
          (list.empty() ? "" : ", ") +
          (is_padding ? "{0}" : value(*type.structure->fields[part].type, bytes + type.structure->fields[part].offset));
    }
    return list.empty() ? "{{0}}" : "{" + list + "}";
  }
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, type.size);
  if (type.is_signed() && type.size < 8) {
    const unsigned shift = 64 - type.bits();
    bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
  }
  return literal(bits, type.scalar, dialect_, true).code;
}

std::string Types::table(const model::Constant& constant) {
  const auto known = constants_.find(&constant);
  if (known != constants_.end()) return known->second;
  const std::string type = name(*constant.type);
  const std::string result = names_.global(identifier(constant.name));
  tables_ += std::string(dialect_.table_prefix()) + type + " " + result + " = " +
             value(*constant.type, constant.bytes.data()) + ";\n";
  return constants_[&constant] = result;
}

}  // namespace kernelc::source
