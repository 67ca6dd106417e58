#include "npy_header.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "array.hpp"
#include "literal.hpp"

namespace dotcompute::tool {

namespace {

using Kind = Literal::Kind;

// numpy's own limit.
constexpr std::size_t most_axes = 64;

/// A field's type or, without a type, padding of that many bytes.
struct TypeOrPadding {
  std::optional<ElementType> type;
  std::uint64_t size_bytes = 0;
};

TypeOrPadding parse_type(const Literal& literal);

[[noreturn]] void reject(const std::string& message) { throw std::invalid_argument(message); }

std::optional<ScalarType> scalar_of_code(char code, std::uint64_t size) {
  const bool is_power = size == 1 || size == 2 || size == 4 || size == 8;
  if (!is_power) return std::nullopt;
  const std::uint32_t log2 = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
  switch (code) {
    case 'b': return size == 1 ? std::optional(ScalarType::boolean) : std::nullopt;
    case 'i': return static_cast<ScalarType>(static_cast<std::uint32_t>(ScalarType::int8) + log2);
    case 'u': return static_cast<ScalarType>(static_cast<std::uint32_t>(ScalarType::uint8) + log2);
    case 'f':
      if (size < 4) return std::nullopt;
      return size == 4 ? ScalarType::float32 : ScalarType::float64;
    default: return std::nullopt;
  }
}

std::string_view family_of_code(char code) {
  switch (code) {
    case 'c': return " (complex)";
    case 'f': return " (a float of another size)";
    case 'O': return " (Python objects)";
    case 'S':
    case 'U': return " (text)";
    case 'M':
    case 'm': return " (dates or times)";
    default: return "";
  }
}

/// "<f4", "|u1", ">i8", "|V4".
TypeOrPadding parse_code(const std::string& text) {
  std::string_view rest = text;
  bool is_big_endian = false;
  if (!rest.empty() && std::string_view("<>=|").find(rest.front()) != std::string_view::npos) {
    is_big_endian = rest.front() == '>';
    rest.remove_prefix(1);
  }
  if (!rest.empty()) {
    std::uint64_t size = 0;
    bool is_number = rest.size() > 1 && rest.size() <= 16;
    for (const char c : rest.substr(1)) {
      is_number = is_number && c >= '0' && c <= '9';
      if (is_number) size = size * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (is_number && rest.front() == 'V' && size > 0) return {std::nullopt, size};
    if (is_number && rest.front() == 'f' && size == 2) return {half_element(is_big_endian), 2};
    const auto scalar = is_number ? scalar_of_code(rest.front(), size) : std::nullopt;
    if (scalar) return {scalar_element(*scalar, is_big_endian), size_bytes(*scalar)};
  }
  reject(
      fmt::format("element type '{}'{} is none that kernels compute with; convert to bool, int8 to int64, uint8 to "
                  "uint64, float16, float32, float64 or a struct of them",
                  text, rest.empty() ? "" : family_of_code(rest.front())));
}

std::vector<std::uint64_t> parse_lengths(const Literal& literal, const char* what) {
  std::vector<std::uint64_t> lengths;
  if (literal.kind == Kind::integer) return {literal.integer};
  if (literal.kind != Kind::sequence) reject(fmt::format("{} is not a tuple of integers", what));
  if (literal.items.size() > most_axes) {
    reject(fmt::format("{} has {} axes; at most {} are read", what, literal.items.size(), most_axes));
  }
  for (const Literal& item : literal.items) {
    if (item.kind != Kind::integer) reject(fmt::format("{} is not a tuple of integers", what));
    lengths.push_back(item.integer);
  }
  return lengths;
}

TypeOrPadding with_shape(const TypeOrPadding& base, const Literal& shape) {
  const std::vector<std::uint64_t> lengths = parse_lengths(shape, "the shape of a field");
  std::uint64_t count = 0;
  std::uint64_t size = 0;
  if (!multiply(lengths, count) || __builtin_mul_overflow(count, base.size_bytes, &size)) {
    reject("the size of a field does not fit 64 bits");
  }
  if (size == 0) reject("a field has no bytes");
  if (!base.type) return {std::nullopt, size};
  ElementType type = *base.type;
  for (auto length = lengths.rbegin(); length != lengths.rend(); ++length)
    type = array_element(std::move(type), *length);
  return {std::move(type), size};
}

void require_new_name(const ElementType& type, const std::string& name) {
  for (const Field& field : type.fields) {
    if (field.name == name) reject(fmt::format("two fields are named '{}'", name));
  }
}

/// A field's name, or the name of a (title, name) pair.
std::string field_name(const Literal& literal) {
  if (literal.kind == Kind::string) return literal.string;
  if (literal.kind == Kind::sequence && literal.items.size() == 2 && literal.items[1].kind == Kind::string) {
    return literal.items[1].string;
  }
  reject("the name of a field is not a string");
}

/// [('x', '<f4'), ('', '|V4'), ('pos', '<f4', (3,))]: fields one after the other.
TypeOrPadding parse_field_list(const Literal& literal) {
  ElementType type;
  type.kind = ElementType::Kind::structure;
  std::uint64_t offset = 0;
  for (const Literal& item : literal.items) {
    if (item.kind != Kind::sequence || item.items.size() < 2 || item.items.size() > 3) {
      reject("a field is not a tuple (name, type) or (name, type, shape)");
    }
    TypeOrPadding field = parse_type(item.items[1]);
    if (item.items.size() == 3) field = with_shape(field, item.items[2]);
    const std::string name = field_name(item.items[0]);
    if (field.type) {
      require_new_name(type, name);
      type.fields.push_back({name, offset, std::move(*field.type)});
    } else if (!name.empty()) {
      reject(fmt::format("field '{}' is raw bytes, which kernels do not compute with; leave it out", name));
    }
    if (__builtin_add_overflow(offset, field.size_bytes, &offset)) reject("the size of a struct does not fit 64 bits");
  }
  if (type.fields.empty()) reject("a struct has no fields");
  type.size_bytes = offset;
  return {std::move(type), offset};
}

const Literal& entry(const Literal& dictionary, const char* key, Kind kind, const char* kind_name) {
  const Literal* const found = dictionary.find(key);
  if (found == nullptr) reject(fmt::format("'{}' is missing", key));
  if (found->kind != kind) reject(fmt::format("'{}' is not {}", key, kind_name));
  return *found;
}

/// {'names': [...], 'formats': [...], 'offsets': [...], 'itemsize': n}: fields at given places.
TypeOrPadding parse_field_dictionary(const Literal& literal) {
  const Literal& names = entry(literal, "names", Kind::sequence, "a list");
  const Literal& formats = entry(literal, "formats", Kind::sequence, "a list");
  const Literal* const offsets = literal.find("offsets");
  const std::size_t count = names.items.size();
  if (count == 0) reject("a struct has no fields");
  if (formats.items.size() != count) reject("'formats' and 'names' have different lengths");
  if (offsets != nullptr && (offsets->kind != Kind::sequence || offsets->items.size() != count)) {
    reject("'offsets' is not a list as long as 'names'");
  }
  ElementType type;
  type.kind = ElementType::Kind::structure;
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = field_name(names.items[i]);
    TypeOrPadding field = parse_type(formats.items[i]);
    if (!field.type)
      reject(fmt::format("field '{}' is raw bytes, which kernels do not compute with; leave it out", name));
    std::uint64_t offset = end;
    if (offsets != nullptr) {
      if (offsets->items[i].kind != Kind::integer) reject("'offsets' holds something that is not an integer");
      offset = offsets->items[i].integer;
    }
    std::uint64_t field_end = 0;
    if (__builtin_add_overflow(offset, field.size_bytes, &field_end)) reject("an offset does not fit 64 bits");
    end = std::max(end, field_end);
    require_new_name(type, name);
    type.fields.push_back({name, offset, std::move(*field.type)});
  }
  type.size_bytes = end;
  if (literal.find("itemsize") != nullptr) {
    type.size_bytes = entry(literal, "itemsize", Kind::integer, "an integer").integer;
    if (type.size_bytes < end) reject(fmt::format("'itemsize' is {}, but the fields end at {}", type.size_bytes, end));
  }
  const std::uint64_t size = type.size_bytes;
  return {std::move(type), size};
}

/// Fields that share bytes cannot be told apart once their byte order has been changed.
void reject_overlap(const ElementType& type) {
  for (const ElementType& element : type.element) reject_overlap(element);
  std::vector<const Field*> sorted;
  for (const Field& field : type.fields) {
    reject_overlap(field.type);
    sorted.push_back(&field);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Field* a, const Field* b) { return a->offset_bytes < b->offset_bytes; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->offset_bytes < sorted[i - 1]->offset_bytes + sorted[i - 1]->type.size_bytes) {
      reject(fmt::format("the fields '{}' and '{}' overlap", sorted[i - 1]->name, sorted[i]->name));
    }
  }
}

TypeOrPadding parse_type(const Literal& literal) {
  if (literal.kind == Kind::string) return parse_code(literal.string);
  if (literal.kind == Kind::dictionary) return parse_field_dictionary(literal);
  if (literal.kind == Kind::sequence) {
    // A tuple (type, shape) and a list of fields look alike but for their first item.
    const bool is_pair = literal.items.size() == 2 && literal.items[0].kind == Kind::string;
    if (is_pair) return with_shape(parse_type(literal.items[0]), literal.items[1]);
    return parse_field_list(literal);
  }
  reject("an element type is neither a string nor a list of fields");
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string format_type(const ElementType& type);

std::string format_field(const Field& field) {
  const ElementType* inner = &field.type;
  std::vector<std::uint64_t> lengths;
  for (; inner->kind == ElementType::Kind::array; inner = &inner->element.front()) lengths.push_back(inner->count);
  if (lengths.empty()) return fmt::format("({}, {})", quoted(field.name), format_type(*inner));
  return fmt::format("({}, {}, {})", quoted(field.name), format_type(*inner), describe_shape(lengths));
}

std::string format_type(const ElementType& type) {
  if (type.kind == ElementType::Kind::scalar) {
    const char family = type.scalar == ScalarType::boolean               ? 'b'
                        : is_floating_point(type.scalar) || type.is_half ? 'f'
                        : type.scalar >= ScalarType::uint8               ? 'u'
                                                                         : 'i';
    return fmt::format("'{}{}{}'", type.size_bytes == 1 ? '|' : '<', family, type.size_bytes);
  }
  std::vector<const Field*> sorted;
  for (const Field& field : type.fields) sorted.push_back(&field);
  std::sort(sorted.begin(), sorted.end(),
            [](const Field* a, const Field* b) { return a->offset_bytes < b->offset_bytes; });
  std::vector<std::string> items;
  std::uint64_t end = 0;
  for (const Field* field : sorted) {
    if (field->offset_bytes > end) items.push_back(fmt::format("('', '|V{}')", field->offset_bytes - end));
    items.push_back(format_field(*field));
    end = field->offset_bytes + field->type.size_bytes;
  }
  if (type.size_bytes > end) items.push_back(fmt::format("('', '|V{}')", type.size_bytes - end));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

NpyHeader parse_npy_header(std::string_view text) {
  const Literal literal = parse_literal(text);
  if (literal.kind != Kind::dictionary) reject("it is not a dictionary");
  if (literal.find("descr") == nullptr) reject("'descr' is missing");
  NpyHeader header;
  header.is_fortran_order = entry(literal, "fortran_order", Kind::boolean, "True or False").boolean;
  header.shape = parse_lengths(entry(literal, "shape", Kind::sequence, "a tuple"), "'shape'");
  TypeOrPadding type = parse_type(*literal.find("descr"));
  if (!type.type) reject("its elements are raw bytes, which kernels do not compute with");
  header.type = std::move(*type.type);
  reject_overlap(header.type);
  return header;
}

std::string format_npy_header(const ElementType& type, const std::vector<std::uint64_t>& shape) {
  std::string text =
      fmt::format("{{'descr': {}, 'fortran_order': False, 'shape': {}, }}", format_type(type), describe_shape(shape));
  // numpy leaves room for the first axis to grow to 21 digits in place.
  if (!shape.empty()) text.append(21 - std::to_string(shape.front()).size(), ' ');
  const bool is_ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::size_t prefix = 10;
  char version = 1;
  if (!is_ascii || text.size() + 64 + prefix > 65535) {
    prefix = 12;
    version = is_ascii ? 2 : 3;
  }
  text.append(63 - (prefix + text.size()) % 64, ' ');
  text += '\n';
  std::string result = "\x93NUMPY";
  result += version;
  result += '\0';
  for (std::size_t i = 0; i < prefix - 8; ++i) result += static_cast<char>(text.size() >> (8 * i) & 0xff);
  return result + text;
}

}  // namespace dotcompute::tool
