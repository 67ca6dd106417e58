#pragma once

/// The types and constant tables of a text: their names, and their definitions in an order that C takes.

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emit/source/address_spaces.hpp"
#include "emit/source/dialect.hpp"
#include "emit/source/names.hpp"
#include "emit/source/pointer_slots.hpp"

namespace kernelc::source {

class Types {
 public:
  Types(const Dialect& dialect, Names& names) : dialect_(dialect), names_(names) {}

  /// The type as an object or a value of it is declared. An array is a struct that holds it, so that it can be
  /// assigned; its elements are `at`. `spaces` are those of the type's pointers. Throws Refused.
  std::string name(const model::Type& type, std::span<const Space> spaces = {});

  std::string scalar(ScalarType type);

  /// A pointer to `element`, which lies in `spaces[0]`; the others are the element's own.
  std::string pointer(const model::Type& element, std::span<const Space> spaces);

  /// The name of a struct's field.
  std::string field(const model::Type& structure, std::uint32_t field);

  /// The elements of a struct's braces: fields by their index, padding by none.
  static constexpr std::uint32_t padding = ~std::uint32_t{0};
  std::vector<std::uint32_t> layout(const model::Type& structure);

  /// The spaces of a struct's field among those of the struct.
  std::span<const Space> field_spaces(const model::Type& structure, std::uint32_t field, std::span<const Space> spaces);

  /// The name of a constant table.
  std::string table(const model::Constant& constant);

  [[nodiscard]] const std::string& definitions() const { return definitions_; }
  [[nodiscard]] const std::string& tables() const { return tables_; }
  [[nodiscard]] bool uses_fp64() const { return uses_fp64_; }

 private:
  using Key = std::pair<const model::Type*, Spaces>;

  void define_struct(const model::Type& type, std::span<const Space> spaces, const std::string& name);
  const std::vector<std::string>& fields(const model::Type& structure);
  std::string value(const model::Type& type, const char* bytes);
  std::string words(const model::Type& type, std::span<const Space> spaces);

  const Dialect& dialect_;
  Names& names_;
  PointerSlots slots_;
  std::map<Key, std::string> known_;
  std::map<const model::Type*, const model::Type*> spans_;  // the first one of each element type
  std::map<const model::Struct*, std::vector<std::string>> fields_;
  std::map<const model::Constant*, std::string> constants_;
  std::string definitions_;
  std::string tables_;
  bool uses_fp64_ = false;
};

}  // namespace kernelc::source
