#include "literal.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace dotcompute::tool {

namespace {

constexpr int deepest = 32;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Literal whole() {
    Literal result = value(0);
    skip_space();
    if (at_ != text_.size()) fail("the end");
    return result;
  }

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    const std::string found = at_ < text_.size() ? fmt::format("'{}'", shown(text_[at_])) : "the end";
    throw std::invalid_argument(fmt::format("expected {} at character {}, found {}", expected, at_, found));
  }

  static std::string shown(char c) {
    const auto code = static_cast<unsigned char>(c);
    return code >= 0x20 && code < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", code);
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Literal value(int depth) {
    if (depth > deepest) fail("less nesting");
    skip_space();
    if (at_ >= text_.size()) fail("a value");
    const char c = text_[at_];
    if (c == '\'' || c == '"') return string();
    // Python 2 marked text with u and raw bytes with b.
    if ((c == 'u' || c == 'b') && at_ + 1 < text_.size() && (text_[at_ + 1] == '\'' || text_[at_ + 1] == '"')) {
      ++at_;
      return string();
    }
    if (c == '(') return sequence(')', depth);
    if (c == '[') return sequence(']', depth);
    if (c == '{') return dictionary(depth);
    if (c >= '0' && c <= '9') return integer();
    return word();
  }

  Literal word() {
    Literal result;
    if (take_word("None")) return result;
    result.kind = Literal::Kind::boolean;
    if (take_word("True")) {
      result.boolean = true;
      return result;
    }
    if (take_word("False")) return result;
    fail("a value");
  }

  Literal integer() {
    Literal result;
    result.kind = Literal::Kind::integer;
    const char* const first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), result.integer);
    if (error != std::errc{}) fail("an integer below 2^64");
    at_ += static_cast<std::size_t>(end - first);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;
    return result;
  }

  Literal string() {
    Literal result;
    result.kind = Literal::Kind::string;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        ++at_;
        if (at_ >= text_.size() || (text_[at_] != '\\' && text_[at_] != '\'' && text_[at_] != '"')) {
          fail("a quote or a backslash after '\\'");
        }
      }
      result.string += text_[at_++];
    }
    if (at_ >= text_.size()) fail("a closing quote");
    ++at_;
    return result;
  }

  Literal sequence(char closing, int depth) {
    Literal result;
    result.kind = Literal::Kind::sequence;
    ++at_;
    bool has_comma = false;
    while (!take(closing)) {
      if (!result.items.empty() && !has_comma) fail(fmt::format("',' or '{}'", closing));
      result.items.push_back(value(depth + 1));
      has_comma = take(',');
    }
    // Parentheses around a single value without a comma only group it.
    if (closing == ')' && result.items.size() == 1 && !has_comma) {
      Literal inner = std::move(result.items.front());
      return inner;
    }
    return result;
  }

  Literal dictionary(int depth) {
    Literal result;
    result.kind = Literal::Kind::dictionary;
    ++at_;
    bool has_comma = true;
    while (!take('}')) {
      if (!has_comma) fail("',' or '}'");
      Literal key = value(depth + 1);
      if (key.kind != Literal::Kind::string) fail("a string as the key before this");
      if (!take(':')) fail("':'");
      result.keys.push_back(std::move(key.string));
      result.items.push_back(value(depth + 1));
      has_comma = take(',');
    }
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const Literal* Literal::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) return &items[i];
  }
  return nullptr;
}

Literal parse_literal(std::string_view text) { return Parser(text).whole(); }

}  // namespace dotcompute::tool
