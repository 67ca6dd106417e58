#pragma once

/// Errors as text.

#include <string>

#include "tool_error.hpp"

namespace dotcompute::tool {

/// What an error prints.
struct ErrorTexts {
  std::string for_people;    ///< For stderr: the message, then the details.
  std::string for_programs;  ///< For stdout: a JSON object, if asked for.
};

[[nodiscard]] ErrorTexts error_texts(const ToolError& error, bool json);

}  // namespace dotcompute::tool
