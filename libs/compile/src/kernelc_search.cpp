#include "kernelc_search.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view fix =
    "install DotCompute's kernelc, or name it in the environment variable DOTCOMPUTE_KERNELC";

/// Why the file cannot be run; empty if it can.
std::string unusable_because(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) return "does not exist";
  if (!fs::is_regular_file(status)) return "is not a file";
  return ::access(path.c_str(), X_OK) == 0 ? "" : "is not executable";
}

std::string chosen_kernelc(const std::string& path, std::string_view chosen_by) {
  const std::string problem = unusable_because(path);
  if (problem.empty()) return path;
  throw CompilationError(Remedy::fix_input,
                         fmt::format("the kernel compiler '{}', chosen by {}, {}; {}", path, chosen_by, problem, fix));
}

/// Beside this library or program, and in the bin directory of the tree that it is installed in.
std::vector<fs::path> places_with_library(const std::vector<fs::path>& own_directories) {
  std::vector<fs::path> places;
  for (const fs::path& directory : own_directories) {
    for (const char* relative : {".", "../bin", "../../bin"}) {
      fs::path place = (directory / relative / "kernelc").lexically_normal();
      if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
    }
  }
  return places;
}

std::vector<fs::path> places_in_path() {
  std::vector<fs::path> places;
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    // An empty entry means the current directory, from which no compiler is run unasked.
    if (!directory.empty()) places.push_back(fs::path(directory) / "kernelc");
  }
  return places;
}

/// The first that can be run.
std::optional<std::string> first_usable(const std::vector<fs::path>& places, std::string& tried) {
  for (const fs::path& place : places) {
    const std::string problem = unusable_because(place);
    if (problem.empty()) return place.string();
    tried += fmt::format("{}{} ({})", tried.empty() ? "" : ", ", place.string(), problem);
  }
  return std::nullopt;
}

}  // namespace

std::string find_kernelc(const std::string& chosen, const std::vector<fs::path>& own_directories) {
  if (!chosen.empty()) return chosen_kernelc(chosen, "kernelc_path");
  const char* named = std::getenv("DOTCOMPUTE_KERNELC");
  if (named != nullptr && *named != '\0') return chosen_kernelc(named, "DOTCOMPUTE_KERNELC");

  std::string tried;
  if (const auto path = first_usable(places_with_library(own_directories), tried)) return *path;
  if (const auto path = first_usable(places_in_path(), tried)) return *path;
  throw CompilationError(Remedy::fix_input,
                         fmt::format("there is no kernel compiler, which a source that arrives at run "
                                     "time needs; looked for {}; {}",
                                     tried, fix));
}

}  // namespace dotcompute
