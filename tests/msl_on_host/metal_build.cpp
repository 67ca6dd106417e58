#include "metal_build.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include <stdlib.h>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/sha256.hpp>

#include "entry_head.hpp"
#include "metal_rules.hpp"

namespace msl_on_host {

using namespace dotcompute;

namespace {

// Attributes and pragmas of Metal's own are not known here, what is constant is const in any case, and not every
// routine of a text is used.
constexpr std::string_view warnings =
    "-Wall -Werror -Wno-unknown-attributes -Wno-unknown-pragmas -Wno-duplicate-decl-specifier -Wno-unused-function";
constexpr std::string_view with_spaces = "-x cl -cl-std=CLC++2021 -cl-no-stdinc -nostdinc";
constexpr std::string_view without_spaces = "-x c++ -std=c++17 -fms-extensions -nostdinc -Wno-ignored-attributes";

// What the specification leaves undefined calls the program, see metal_kernel.cpp. Shifts are not among it: C++ for
// OpenCL takes their counts modulo the width.
constexpr std::string_view checks =
    "-fsanitize=signed-integer-overflow,integer-divide-by-zero,float-cast-overflow,array-bounds "
    "-fsanitize-minimal-runtime -fno-sanitize-link-runtime";

struct CommandResult {
  bool is_done = false;
  std::string output;
};

CommandResult run_command(const std::string& command) {
  std::FILE* const process = popen((command + " 2>&1").c_str(), "r");
  if (process == nullptr) return {false, "cannot run " + command};
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), process)) {
    output.append(buffer.data(), count);
  }
  return {pclose(process) == 0, std::move(output)};
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw DeviceError(Remedy::retry, fmt::format("msl-on-host cannot write {}", path));
}

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// The text twice, with a function after each that runs one item of it.
std::string unit_text(std::string_view entry, const std::vector<EntryParameter>& parameters) {
  std::string unit = "#include <metal_stdlib>\n#include <metal_host>\n";
  for (const auto& [space, is_narrow, function] :
       {std::tuple{"narrow", 1, narrow_function}, std::tuple{"wide", 0, wide_function}}) {
    // A kernel has the linkage of C, so that two of them need two names.
    unit += fmt::format(
        "#define DOTCOMPUTE_NARROW {2}\n#define {0} {0}_{1}\nnamespace {1} {{\n#include \"kernel.metal\"\n"
        "extern \"C\" void {3}(const ulong* arguments, const dotcompute_item* item) {{\n  {0}({4});\n}}\n}}\n"
        "#undef {0}\n#undef DOTCOMPUTE_NARROW\n",
        entry, space, is_narrow, function, entry_arguments(parameters));
  }
  return unit;
}

/// Contraction is the compiler's business, if the text says nothing: then it is as bad as it can be.
std::string arithmetic_options(std::string_view text) {
  const bool is_off = text.find("#pragma METAL fp contract(off)") != std::string_view::npos;
  std::string options = is_off ? "-ffp-contract=off" : "-ffp-contract=fast";
#ifdef __x86_64__
  if (__builtin_cpu_supports("fma")) options += " -mfma";
#endif
  return options;
}

std::vector<std::byte> compile_anew(const KernelDefinition& kernel, const dotcompute_source& source,
                                    std::string_view further_options) {
  const std::string_view text = source.text;
  const TemporaryDirectory directory;
  write_file(directory.file("kernel.metal"), text);
  write_file(directory.file("unit.cpp"), unit_text(source.entry, entry_parameters(text, source.entry)));
  const std::string object = directory.file("kernel.so");
  const auto compile = [&](std::string_view language) {
    return run_command(fmt::format("'{}' {} {} {} {} {} -fsigned-char -O1 -fPIC -shared -I '{}' -o '{}' '{}' -lm",
                                   CLANG, language, warnings, further_options, checks, arithmetic_options(text),
                                   METAL_HEADERS, object, directory.file("unit.cpp")));
  };
  std::string refused = what_metal_refuses(text);
  if (refused.empty()) {
    CommandResult result = compile(with_spaces);
    if (!result.is_done && is_limitation_of_clang(result.output)) result = compile(without_spaces);
    if (result.is_done) return read_file(object);
    refused = std::move(result.output);
  }
  throw CompilationError(Remedy::report_bug, fmt::format("Clang does not compile the Metal text of {}", kernel.name()),
                         {.kernel = std::string(kernel.name()),
                          .device = "msl-on-host",
                          .source = std::string(kernel.source_file()),
                          .cause = std::move(refused)});
}

std::string seal_of(std::span<const std::byte> object) {
  Sha256 hash;
  hash.update(object);
  return hash.finish();
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dotcompute-msl-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw DeviceError(Remedy::retry, fmt::format("msl-on-host cannot make the directory {}", pattern));
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string compiler_version() {
  if (std::string_view(CLANG).empty()) return {};
  const CommandResult result = run_command(CLANG " --version");
  return result.is_done ? result.output.substr(0, result.output.find('\n')) : std::string();
}

std::vector<std::byte> compile_text(const KernelDefinition& kernel, const dotcompute_source& source,
                                    std::string_view further_options) {
  static std::mutex mutex;
  static std::map<std::string, std::vector<std::byte>> objects;
  const std::string text = fmt::format("{}\n{}", further_options, source.text);
  {
    const std::lock_guard lock(mutex);
    if (const auto found = objects.find(text); found != objects.end()) return found->second;
  }
  std::vector<std::byte> object = compile_anew(kernel, source, further_options);
  const std::lock_guard lock(mutex);
  return objects.emplace(text, std::move(object)).first->second;
}

std::vector<std::byte> sealed(std::span<const std::byte> object) {
  const std::string seal = seal_of(object);
  const auto bytes = std::as_bytes(std::span(seal));
  std::vector<std::byte> image(bytes.begin(), bytes.end());
  image.insert(image.end(), object.begin(), object.end());
  return image;
}

std::optional<std::span<const std::byte>> unsealed(std::span<const std::byte> image) {
  const std::size_t seal_bytes = seal_of({}).size();
  if (image.size() < seal_bytes) return std::nullopt;
  const auto object = image.subspan(seal_bytes);
  const std::string seal = seal_of(object);
  if (!std::ranges::equal(std::as_bytes(std::span(seal)), image.first(seal_bytes))) return std::nullopt;
  return object;
}

}  // namespace msl_on_host
