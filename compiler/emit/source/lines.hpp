#pragma once

/// The lines of a function and where in the user's source each comes from.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kernelc::source {

/// The width that lines are kept within where they can be.
inline constexpr std::size_t widest = 118;

struct Line {
  int depth = 0;  ///< Of indentation.
  std::string code = {};
  std::uint32_t source = 0;     ///< The line of the user's source; 0 for none of its own.
  bool is_declaration = false;  ///< Which needs a block around it.
};

/// Adds `(void)name;` behind each declaration of a variable that no line reads: devices' compilers warn of them.
void read_the_unread(std::vector<Line>& lines);

/// A place of the user's source in a refusal of a kernel of the file `home`: "line 12", or "vectors.hpp:12" elsewhere.
[[nodiscard]] std::string spoken_place(const std::string& file, std::uint32_t line, const std::string& home);

/// The lines as text, with `#line` where the user's line is not the one that follows by itself. `file` is the user's.
[[nodiscard]] std::string render(const std::vector<Line>& lines, const std::string& file);

}  // namespace kernelc::source
