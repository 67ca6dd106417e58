#include "emit/source/words.hpp"

#include <algorithm>
#include <array>

#include "model/math_functions.hpp"

namespace kernelc::source {

namespace {

constexpr auto keywords = std::to_array<std::string_view>({
    "DOTCOMPUTE_NARROW",
    "HUGE_VAL",
    "HUGE_VALF",
    "INFINITY",
    "NAN",
    "NULL",
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "complex",
    "concept",
    "const",
    "const_cast",
    "constant",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "device",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "event_t",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "fragment",
    "friend",
    "global",
    "goto",
    "half",
    "if",
    "imaginary",
    "inline",
    "int",
    "intptr_t",
    "kernel",
    "local",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "patch",
    "private",
    "protected",
    "ptrdiff_t",
    "public",
    "quad",
    "read_only",
    "read_write",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "size_t",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "std",
    "struct",
    "switch",
    "template",
    "this",
    "thread",
    "thread_local",
    "threadgroup",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "uchar",
    "uint",
    "uintptr_t",
    "ulong",
    "uniform",
    "union",
    "unsigned",
    "ushort",
    "using",
    "vec",
    "vertex",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "write_only",
    "xor",
    "xor_eq",
});

constexpr auto functions = std::to_array<std::string_view>({
    "abs",
    "clz",
    "ctz",
    "index_t",
    "isequal",
    "isnotequal",
    "main",
    "max",
    "memcpy",
    "memset",
    "min",
    "popcount",
    "signbit",
});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_keyword(std::string_view name) {
  return std::find(keywords.begin(), keywords.end(), name) != keywords.end() || is_vector_type(name);
}

bool is_common_word(std::string_view name) {
  return is_keyword(name) || std::find(functions.begin(), functions.end(), name) != functions.end() ||
         model::find_math_function(name).has_value();
}

bool is_vector_type(std::string_view name) {
  constexpr std::string_view elements[] = {"char",  "uchar", "short",  "ushort",   "int",       "uint", "long", "ulong",
                                           "float", "half",  "double", "longlong", "ulonglong", "bool", "dim"};
  for (const std::string_view element : elements) {
    if (!name.starts_with(element) || name.size() == element.size()) continue;
    const std::string_view rest = name.substr(element.size());
    if (std::all_of(rest.begin(), rest.end(), [](char c) { return is_digit(c) || c == 'x'; })) return true;
  }
  return false;
}

}  // namespace kernelc::source
