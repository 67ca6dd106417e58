// The suite `compile`: how long kernelc takes for the suite's library of kernels, all three sets of instructions and
// the reference together, beside clang++ for the same files as ordinary functions; how long for each kernel alone, its
// file's headers and the start of kernelc included; and how much code a kernel is for each.
#include <elf.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "measure.hpp"

namespace {

constexpr const char* object = OBJECT;

std::vector<std::string> command(std::vector<std::string> begin, const std::string& file) {
  begin.insert(begin.end(), {"-std=c++20", "-I", KERNEL_INCLUDES, "-I", BASE_INCLUDES, "-I", LIBRARY,
                             std::string(LIBRARY) + "/" + file + ".cpp", "-o", object});
  return begin;
}

/// The library's files, without ".cpp", in the order of their names.
std::set<std::string> library_files() {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(LIBRARY)) {
    if (entry.path().extension() == ".cpp") files.insert(entry.path().stem().string());
  }
  return files;
}

void run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child || status != 0) {
    std::fprintf(stderr, "compile: failed:");
    for (const std::string& word : words) std::fprintf(stderr, " %s", word.c_str());
    std::fprintf(stderr, "\n");
    std::exit(1);
  }
}

/// The functions for one set of instructions.
struct Code {
  std::uint64_t bytes = 0;
  std::uint64_t kernels = 0;
};

/// By the set of instructions: "x86-64-v3".
std::map<std::string, Code> code_of(const char* path) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> file((std::istreambuf_iterator<char>(stream)), {});
  const auto at = [&]<class T>(T& value, std::uint64_t offset) { std::memcpy(&value, &file.at(offset), sizeof value); };
  std::map<std::string, Code> code;
  Elf64_Ehdr header;
  at(header, 0);
  for (unsigned section = 0; section < header.e_shnum; ++section) {
    Elf64_Shdr symbols;
    at(symbols, header.e_shoff + section * sizeof symbols);
    if (symbols.sh_type != SHT_SYMTAB) continue;
    Elf64_Shdr names;
    at(names, header.e_shoff + symbols.sh_link * sizeof names);
    for (std::uint64_t i = 0; i < symbols.sh_size; i += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      at(symbol, symbols.sh_offset + i);
      const std::string_view name = &file.at(names.sh_offset + symbol.st_name);
      constexpr std::string_view prefix = "dotcompute_cpu_";
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || !name.starts_with(prefix)) continue;
      Code& of = code["x86-64-v" + std::string(name.substr(prefix.size(), 1))];
      of.bytes += symbol.st_size;
      ++of.kernels;
    }
  }
  return code;
}

/// The names of a file's kernels.
std::vector<std::string> kernels_of(const std::string& file) {
  run(command({KERNELC, "--emit=model"}, file));
  std::ifstream stream(object);
  const nlohmann::json model = nlohmann::json::parse(stream);
  std::vector<std::string> names;
  for (const nlohmann::json& kernel : model.at("kernels")) names.push_back(kernel.at("name"));
  return names;
}

}  // namespace

int main(int count, char** arguments) {
  const bool is_smoke = count == 2 && std::string_view(arguments[1]) == "--smoke";
  for (const std::string& file : library_files()) {
    const std::vector<std::string> ours = command({KERNELC}, file);
    const std::vector<std::string> peer = command({CLANG, "-O3", "-march=x86-64-v3", "-c"}, file);
    run(ours);
    const std::map<std::string, Code> code = code_of(object);
    if (code.size() != 3) {
      std::fprintf(stderr, "compile: %s has code for %zu sets of instructions and not for 3\n", file.c_str(),
                   code.size());
      return 1;
    }
    if (is_smoke) return 0;
    const auto kernels = static_cast<double>(code.begin()->second.kernels);
    const auto seconds_of = [](const std::vector<std::string>& words) {
      return 1e-9 * benchmark::quickest_ns([&] { run(words); }, 3);
    };
    const auto report_time = [&](const char* subject, const std::vector<std::string>& words) {
      const double seconds = seconds_of(words);
      benchmark::report("compile", file, subject, 1e3 * seconds / kernels, "ms/kernel");
      benchmark::report("compile", file, subject, kernels / seconds, "kernels/s");
    };
    report_time("kernelc", ours);
    report_time("clang++ -O3", peer);
    for (const std::string& kernel : kernels_of(file)) {
      const double seconds = seconds_of(command({KERNELC, "--kernel=" + kernel}, file));
      benchmark::report("compile", "alone: " + kernel, "kernelc", 1e3 * seconds, "ms/kernel");
    }
    for (const auto& [isa, of] : code) {
      benchmark::report("compile", file + ", code", isa, static_cast<double>(of.bytes) / kernels, "bytes/kernel");
    }
  }
  std::remove(object);
}
