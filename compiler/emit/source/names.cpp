#include "emit/source/names.hpp"

#include <algorithm>
#include <utility>

namespace kernelc::source {

namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// The words for operators, longest first.
constexpr std::pair<std::string_view, std::string_view> operator_words[] = {
    {"<<=", "shift_left_assign"},
    {">>=", "shift_right_assign"},
    {"<=>", "three_way"},
    {"[]", "subscript"},
    {"()", "call"},
    {"++", "increment"},
    {"--", "decrement"},
    {"->", "arrow"},
    {"+=", "add_assign"},
    {"-=", "subtract_assign"},
    {"*=", "multiply_assign"},
    {"/=", "divide_assign"},
    {"%=", "remainder_assign"},
    {"&=", "and_assign"},
    {"|=", "or_assign"},
    {"^=", "xor_assign"},
    {"<<", "shift_left"},
    {">>", "shift_right"},
    {"==", "equal"},
    {"!=", "not_equal"},
    {"<=", "less_equal"},
    {">=", "greater_equal"},
    {"&&", "and"},
    {"||", "or"},
    {"+", "add"},
    {"-", "subtract"},
    {"*", "multiply"},
    {"/", "divide"},
    {"%", "remainder"},
    {"&", "bit_and"},
    {"|", "bit_or"},
    {"^", "bit_xor"},
    {"~", "complement"},
    {"!", "not"},
    {"=", "assign"},
    {"<", "less"},
    {">", "greater"},
};

/// Drivers make file names of kernels' names, and templates' names grow without bounds.
std::string shortened(std::string_view wanted) {
  constexpr std::size_t longest = 80;
  std::string name(wanted.substr(0, longest));
  while (name.size() > 1 && name.back() == '_') name.pop_back();
  return name;
}

}  // namespace

std::string identifier(std::string_view name) {
  std::string spelled(name);
  constexpr std::string_view keyword = "operator";
  if (const std::size_t at = spelled.rfind(keyword); at != std::string::npos) {
    const std::size_t symbol = at + keyword.size();
    for (const auto& [sign, word] : operator_words) {
      if (spelled.compare(symbol, sign.size(), sign) != 0) continue;
      spelled.replace(symbol, sign.size(), "_" + std::string(word) + "_");
      break;
    }
  }
  std::string result;
  for (const char c : spelled) {
    if (is_alphanumeric(c)) {
      result += c;
    } else if (!result.empty() && result.back() != '_') {
      result += '_';
    }
  }
  // The members of std::array and its like: "_M_elems".
  if (name.starts_with("_M_")) result.erase(0, 2);
  while (!result.empty() && result.back() == '_') result.pop_back();
  if (result.empty()) return "unnamed";
  return result.front() >= '0' && result.front() <= '9' ? "n" + result : result;
}

bool Names::is_visible(const std::string& name) const {
  return std::any_of(scopes_.begin(), scopes_.end(), [&](const auto& scope) { return scope.contains(name); });
}

std::string Names::global(std::string_view wanted) {
  std::string name = shortened(wanted);
  if (is_reserved_(name)) name += '_';
  const std::string base = name;
  for (int next = 2; globals_.contains(name) || locals_.contains(name); ++next) {
    name = base + "_" + std::to_string(next);
  }
  globals_.insert(name);
  return name;
}

std::string Names::local(std::string_view wanted) {
  std::string name = shortened(wanted);
  if (is_reserved_(name)) name += '_';
  const std::string base = name;
  for (int next = 2; globals_.contains(name) || is_visible(name); ++next) name = base + "_" + std::to_string(next);
  scopes_.back().insert(name);
  locals_.insert(name);
  return name;
}

}  // namespace kernelc::source
