#include "rejection.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace dotcompute {

namespace {

struct Diagnostic {
  std::string_view place;  ///< "saxpy.cpp:3:10"; empty for the file as a whole.
  std::string_view text;
};

std::optional<Diagnostic> error_in(std::string_view line) {
  for (const std::string_view start : {"error: ", "fatal error: "}) {
    if (line.starts_with(start)) return Diagnostic{{}, line.substr(start.size())};
  }
  for (const std::string_view mark : {": error: ", ": fatal error: "}) {
    const std::size_t at = line.find(mark);
    if (at != std::string_view::npos) return Diagnostic{line.substr(0, at), line.substr(at + mark.size())};
  }
  return std::nullopt;
}

std::optional<Diagnostic> first_error(std::string_view diagnostics) {
  while (!diagnostics.empty()) {
    const std::string_view line = diagnostics.substr(0, diagnostics.find('\n'));
    if (const auto found = error_in(line)) return found;
    diagnostics.remove_prefix(std::min(line.size() + 1, diagnostics.size()));
  }
  return std::nullopt;
}

}  // namespace

CompilationError rejection_of(std::string_view file, const std::string& diagnostics) {
  ErrorContext context;
  context.source = file;
  context.cause = diagnostics;
  std::string message = fmt::format("'{}' does not compile", file);
  if (const auto error = first_error(diagnostics)) {
    if (!error->place.empty()) context.source = error->place;
    message += fmt::format(": {}", error->text);
    if (context.source != file) message += fmt::format(" ({})", error->place);
  }
  return {Remedy::fix_input, message, std::move(context)};
}

}  // namespace dotcompute
