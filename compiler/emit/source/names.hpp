#pragma once

/// Names for the text: those of the user's source where C and the dialect allow them.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kernelc::source {

/// A C++ name as a C identifier: "demo::add<float>" becomes "demo_add_float", "operator+" becomes "operator_add".
[[nodiscard]] std::string identifier(std::string_view cpp_name);

/// Hands out names. A name that is taken or reserved gets a suffix.
class Names {
 public:
  /// `is_reserved` tells the words of the dialect: keywords, types, and the functions that come with it.
  explicit Names(bool (*is_reserved)(std::string_view)) : is_reserved_(is_reserved) {}

  /// For a function, type or table of the file. Differs from every name that was or will be handed out.
  std::string global(std::string_view wanted);

  /// For a variable, until the scope that is open now is closed.
  std::string local(std::string_view wanted);

  void open() { scopes_.emplace_back(); }
  void close() { scopes_.pop_back(); }

 private:
  [[nodiscard]] bool is_visible(const std::string& name) const;

  bool (*is_reserved_)(std::string_view);
  std::set<std::string> globals_;
  std::set<std::string> locals_;  // of all scopes there ever were
  std::vector<std::set<std::string>> scopes_;
};

}  // namespace kernelc::source
