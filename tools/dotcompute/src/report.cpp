#include "report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dotcompute::tool {

ErrorTexts error_texts(const ToolError& error, bool json) {
  ErrorTexts texts;
  const std::string& details = error.details();
  texts.for_people = fmt::format("dotcompute: {}\n", error.what());
  if (!details.empty()) texts.for_people += fmt::format("{}{}", details, details.back() == '\n' ? "" : "\n");
  if (!json) return texts;
  nlohmann::ordered_json object = {
      {"kind", kind_of(error.status())}, {"status", static_cast<int>(error.status())}, {"message", error.what()}};
  if (!details.empty()) object["details"] = details;
  // A path need not be UTF-8.
  constexpr auto replace = nlohmann::ordered_json::error_handler_t::replace;
  texts.for_programs = nlohmann::ordered_json{{"error", object}}.dump(2, ' ', false, replace) + "\n";
  return texts;
}

}  // namespace dotcompute::tool
