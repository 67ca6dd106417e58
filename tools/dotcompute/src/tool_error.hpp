#pragma once

/// What can go wrong in the command line, and the exit status of each.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace dotcompute::tool {

/// The exit statuses of `dotcompute`; the numbers are part of its interface.
enum class ExitStatus : int {
  ok = 0,
  usage = 2,         ///< The command line itself is wrong.
  input = 3,         ///< A file or an argument is missing, damaged or does not fit the kernel.
  compile = 4,       ///< The source was rejected, or no compiler could be reached.
  device = 5,        ///< A device is absent, refused the kernel or failed.
  check_failed = 6,  ///< The check found a difference.
  output = 7,        ///< An output cannot be written.
  internal = 70,     ///< The tool is wrong.
};

/// The word for a status in `--json`: "usage", "input", "compile", "device", "check", "output", "internal".
[[nodiscard]] std::string_view kind_of(ExitStatus status) noexcept;

/// An error that ends the command. `what()` is one sentence in lower case that gives the values and the fix.
class ToolError : public std::runtime_error {
 public:
  ToolError(ExitStatus status, const std::string& message, std::string details = {})
      : std::runtime_error(message), status_(status), details_(std::move(details)) {}

  [[nodiscard]] ExitStatus status() const noexcept { return status_; }
  /// Text to show below the message as it is: the compiler's diagnostics. Often empty.
  [[nodiscard]] const std::string& details() const noexcept { return details_; }

 private:
  ExitStatus status_;
  std::string details_;
};

/// Shorthands for the common statuses.
[[nodiscard]] inline ToolError input_error(const std::string& message) { return {ExitStatus::input, message}; }
[[nodiscard]] inline ToolError usage_error(const std::string& message) { return {ExitStatus::usage, message}; }
[[nodiscard]] inline ToolError output_error(const std::string& message) { return {ExitStatus::output, message}; }

}  // namespace dotcompute::tool
