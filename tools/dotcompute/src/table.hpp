#pragma once

/// Tables in plain text, for people.

#include <string>
#include <vector>

namespace dotcompute::tool {

/// Columns as wide as their widest cell (in characters, not bytes), two spaces apart, no spaces at the end of a line.
class Table {
 public:
  /// An empty header is left out.
  explicit Table(std::vector<std::string> header);

  /// A row may be shorter than the header.
  void add(std::vector<std::string> row);

  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "350 ns", "12.5 us", "3.2 ms", "1.84 s".
[[nodiscard]] std::string describe_seconds(double seconds);

}  // namespace dotcompute::tool
