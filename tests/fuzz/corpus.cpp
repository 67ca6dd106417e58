#include "corpus.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace fuzz {

namespace {

constexpr const char* head = "// seed {} size {} grid {} {} {} groups {} {} {} {}\n";

std::string commented(const std::string& what) {
  std::string all;
  std::istringstream lines(what);
  for (std::string line; std::getline(lines, line);) all += "// " + line.substr(0, 115) + "\n";
  return all;
}

Kernel launch_of(const std::string& path, const std::string& text) {
  Kernel kernel;
  std::istringstream words(text);
  std::string comment, seed, size, grid, groups;
  int uses_group = 0;
  words >> comment >> seed >> kernel.seed >> size >> kernel.size >> grid >> kernel.grid[0] >> kernel.grid[1] >>
      kernel.grid[2] >> groups >> uses_group >> kernel.group[0] >> kernel.group[1] >> kernel.group[2];
  if (!words || comment != "//" || seed != "seed" || size != "size" || grid != "grid" || groups != "groups") {
    throw std::runtime_error(path + " does not begin with a launch: '// seed 1 size 64 grid 64 1 1 groups 0 0 0 0'");
  }
  kernel.uses_group = uses_group != 0;
  return kernel;
}

}  // namespace

std::string corpus_text(const Kernel& kernel, const std::string& what) {
  return fmt::format(head, kernel.seed, kernel.size, kernel.grid[0], kernel.grid[1], kernel.grid[2],
                     kernel.uses_group ? 1 : 0, kernel.group[0], kernel.group[1], kernel.group[2]) +
         commented(what) + prelude() + text(kernel, "seed_" + std::to_string(kernel.seed));
}

std::vector<CorpusFile> read_corpus(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".cpp") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<CorpusFile> files;
  for (const std::string& path : paths) {
    std::ifstream stream(path);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    files.push_back({path, text, launch_of(path, text)});
  }
  return files;
}

}  // namespace fuzz
