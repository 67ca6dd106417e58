#include "element_type.hpp"

#include <algorithm>
#include <bit>
#include <string_view>

#include <fmt/format.h>

namespace dotcompute::tool {

static_assert(std::endian::native == std::endian::little, "arrays are kept little endian in memory");

namespace {

constexpr std::size_t longest_description = 400;

const Field* find_field(const ElementType& type, std::string_view name) {
  const auto found =
      std::find_if(type.fields.begin(), type.fields.end(), [&](const Field& f) { return f.name == name; });
  return found == type.fields.end() ? nullptr : &*found;
}

/// Whether `make_native` has anything to do.
bool needs_change(const ElementType& type) {
  switch (type.kind) {
    case ElementType::Kind::scalar: return type.scalar == ScalarType::boolean || type.big_endian;
    case ElementType::Kind::array: return needs_change(type.element.front());
    case ElementType::Kind::structure:
      return std::any_of(type.fields.begin(), type.fields.end(), [](const Field& f) { return needs_change(f.type); });
  }
  return false;
}

void change_bytes(const ElementType& type, std::byte* data) {
  switch (type.kind) {
    case ElementType::Kind::scalar:
      if (type.scalar == ScalarType::boolean) *data = *data == std::byte{0} ? std::byte{0} : std::byte{1};
      if (type.big_endian) std::reverse(data, data + type.size_bytes);
      return;
    case ElementType::Kind::array:
      for (std::uint64_t i = 0; i < type.count; ++i) {
        change_bytes(type.element.front(), data + i * type.element.front().size_bytes);
      }
      return;
    case ElementType::Kind::structure:
      for (const Field& field : type.fields) change_bytes(field.type, data + field.offset_bytes);
      return;
  }
}

void clear_byte_order(ElementType& type) {
  type.big_endian = false;
  for (ElementType& element : type.element) clear_byte_order(element);
  for (Field& field : type.fields) clear_byte_order(field.type);
}

/// `where` names the field for the message; it is empty at the top.
std::optional<std::string> mismatch_at(const ElementType& file, const ElementType& kernel, const std::string& where) {
  const bool is_other_scalar = file.scalar != kernel.scalar || file.is_half != kernel.is_half;
  if (file.kind != kernel.kind || (kernel.kind == ElementType::Kind::scalar && is_other_scalar) ||
      (kernel.kind == ElementType::Kind::array && file.count != kernel.count)) {
    const std::string subject = where.empty() ? "it" : fmt::format("its field '{}'", where);
    return fmt::format("{} is {} in the file and {} in the kernel", subject, describe(file), describe(kernel));
  }
  if (kernel.kind == ElementType::Kind::array) {
    return mismatch_at(file.element.front(), kernel.element.front(), where + "[]");
  }
  const std::string prefix = where.empty() ? "" : where + ".";
  for (const Field& field : kernel.fields) {
    const Field* const same = find_field(file, field.name);
    if (same == nullptr) {
      return fmt::format("the file has no field '{}{}' ({} in the kernel)", prefix, field.name, describe(field.type));
    }
    if (auto reason = mismatch_at(same->type, field.type, prefix + field.name)) return reason;
  }
  for (const Field& field : file.fields) {
    if (find_field(kernel, field.name) == nullptr) {
      return fmt::format("the file has a field '{}{}' that the kernel's struct has not", prefix, field.name);
    }
  }
  return std::nullopt;
}

}  // namespace

ElementType scalar_element(ScalarType type, bool big_endian) {
  ElementType result;
  result.scalar = type;
  result.size_bytes = size_bytes(type);
  result.big_endian = big_endian && result.size_bytes > 1;
  return result;
}

ElementType half_element(bool big_endian) {
  ElementType result = scalar_element(ScalarType::uint16, big_endian);
  result.is_half = true;
  return result;
}

ElementType array_element(ElementType element, std::uint64_t count) {
  ElementType result;
  result.kind = ElementType::Kind::array;
  result.size_bytes = element.size_bytes * count;
  result.count = count;
  result.element.push_back(std::move(element));
  return result;
}

ElementType element_type_of(const dotcompute_type& type) {
  if (type.kind == DOTCOMPUTE_TYPE_SCALAR) return scalar_element(static_cast<ScalarType>(type.scalar));
  if (type.kind == DOTCOMPUTE_TYPE_ARRAY) return array_element(element_type_of(*type.element), type.element_count);
  if (std::string_view(type.name) == "dotcompute::half") return half_element();
  // Its only member is the array, under a name that belongs to the standard library.
  const bool is_std_array = std::string_view(type.name).starts_with("std::array<") && type.field_count == 1;
  if (is_std_array) return element_type_of(*type.fields[0].type);
  ElementType result;
  result.kind = ElementType::Kind::structure;
  result.size_bytes = type.size;
  for (std::uint64_t i = 0; i < type.field_count; ++i) {
    const dotcompute_field& field = type.fields[i];
    result.fields.push_back({field.name, field.offset, element_type_of(*field.type)});
  }
  return result;
}

std::string describe(const ElementType& type) {
  switch (type.kind) {
    case ElementType::Kind::scalar: return type.is_half ? "float16" : std::string(name(type.scalar));
    case ElementType::Kind::array: {
      std::string lengths;
      const ElementType* inner = &type;
      for (; inner->kind == ElementType::Kind::array; inner = &inner->element.front()) {
        lengths += fmt::format("[{}]", inner->count);
      }
      return describe(*inner) + lengths;
    }
    case ElementType::Kind::structure: {
      std::string text;
      for (const Field& field : type.fields) {
        if (text.size() > longest_description) {
          text += ", ...";
          break;
        }
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", field.name, describe(field.type));
      }
      return fmt::format("struct {{{}}}", text);
    }
  }
  return {};
}

std::optional<std::string> mismatch(const ElementType& file, const ElementType& kernel) {
  return mismatch_at(file, kernel, "");
}

void make_native(ElementType& type, std::byte* data, std::uint64_t count) {
  if (needs_change(type)) {
    for (std::uint64_t i = 0; i < count; ++i) change_bytes(type, data + i * type.size_bytes);
  }
  clear_byte_order(type);
}

}  // namespace dotcompute::tool
