/// kernelc: the kernel compiler's command line.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <llvm/Config/llvm-config.h>

#include "driver/compile.hpp"
#include "driver/host_options.hpp"
#include "serve/server.hpp"

namespace {

constexpr const char* usage =
    R"(usage: kernelc FILE.cpp -o OUTPUT [options] [options of the host compiler]
       kernelc --serve | --version | --help

  -o FILE                 where the result goes; '-' is standard output
  --emit=KIND             object (default), shared, cpu (optimised LLVM IR), assembly, model (JSON),
                          or the kernels as source: opencl (OpenCL C 1.2), cuda (CUDA C), msl (Metal)
  --arch=NAME             of cpu and assembly: x86_64 or aarch64 (default: this machine's)
  --kernel=NAME           of the source's kernels only this one: name::of (default: all)
  --unit=NAME             the symbol that ties the program's object to this one
  --depfile=FILE          writes the files that were read, as a makefile rule
  --host=ID-VERSION       the compiler of the program: GNU-12.2.0, Clang-19.1.7
  --gcc-install-dir=DIR   the GCC installation whose libstdc++ the program uses
  --checked               the kernels say what goes wrong in them: assertions, indices and arithmetic
  @FILE                   the lines of FILE as arguments

The host compiler's options (-std=, -D, -I ...) are followed, ignored where they only concern its own code, or refused.

exit status: 0 done; 1 the source was rejected; 2 wrong usage; 3 a file could not be written
)";

enum Status { done = 0, rejected = 1, wrong_usage = 2, not_written = 3 };

struct Kind {
  std::string_view name;
  kernelc::Emit emit;
};
constexpr Kind kinds[] = {{"object", kernelc::Emit::object}, {"shared", kernelc::Emit::shared},
                          {"cpu", kernelc::Emit::cpu},       {"assembly", kernelc::Emit::assembly},
                          {"model", kernelc::Emit::model},   {"opencl", kernelc::Emit::opencl},
                          {"cuda", kernelc::Emit::cuda},     {"msl", kernelc::Emit::msl}};

struct CommandLine {
  kernelc::CompileOptions compile;
  std::string output;
  std::string depfile;
  std::string error;
};

bool take(std::string_view argument, std::string_view prefix, std::string& value) {
  if (!argument.starts_with(prefix)) return false;
  value = argument.substr(prefix.size());
  return true;
}

/// The arguments after the program's name, with the lines of a file in the place of each `@FILE`.
std::vector<std::string> expand(int count, char** arguments, std::string& error) {
  std::vector<std::string> expanded;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (!argument.starts_with("@")) {
      expanded.push_back(argument);
      continue;
    }
    std::ifstream file(argument.substr(1));
    if (!file) error = "cannot read the arguments in '" + argument.substr(1) + "'";
    for (std::string text; std::getline(file, text);) {
      if (!text.empty()) expanded.push_back(text);
    }
  }
  return expanded;
}

CommandLine parse(int argument_count, char** argument_values) {
  CommandLine line;
  const std::vector<std::string> arguments = expand(argument_count, argument_values, line.error);
  const std::size_t count = arguments.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& argument = arguments[i];
    std::string value;
    if (take(argument, "--emit=", value)) {
      const auto known =
          std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return k.name == value; });
      if (known == std::end(kinds)) {
        line.error = "--emit=" + value + " is none of object, shared, cpu, assembly, model, opencl, cuda, msl";
      } else {
        line.compile.emit = known->emit;
      }
    } else if (argument == "-o") {
      if (++i == count)
        line.error = "-o needs a file name";
      else
        line.output = arguments[i];
    } else if (take(argument, "--unit=", line.compile.unit) || take(argument, "--depfile=", line.depfile) ||
               take(argument, "--host=", line.compile.host) || take(argument, "--arch=", line.compile.architecture) ||
               take(argument, "--kernel=", line.compile.kernel) ||
               take(argument, "--gcc-install-dir=", line.compile.gcc_install_dir)) {
      continue;
    } else if (argument.starts_with("-")) {
      line.compile.host_options.push_back(argument);
      if (kernelc::takes_value(argument) && i + 1 < count) line.compile.host_options.push_back(arguments[++i]);
    } else if (line.compile.file.empty()) {
      line.compile.file = argument;
    } else {
      line.error = "two sources, '" + line.compile.file + "' and '" + argument + "': give one";
    }
  }
  if (line.error.empty() && line.compile.file.empty()) line.error = "no source file";
  if (line.error.empty() && line.output.empty()) line.error = "no output: add -o FILE";
  if (line.error.empty()) line.error = kernelc::wrong_architecture(line.compile);
  return line;
}

bool write(const std::string& path, const char* data, std::size_t size) {
  if (path == "-") return std::fwrite(data, 1, size, stdout) == size && std::fflush(stdout) == 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(data, static_cast<std::streamsize>(size));
  file.close();
  return !file.fail();
}

std::string make_escaped(const std::string& path) {
  std::string result;
  for (const char c : path) {
    if (c == ' ' || c == '#') result += '\\';
    if (c == '$') result += '$';
    result += c;
  }
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view first = count > 1 ? arguments[1] : "";
  if (first == "--version") {
    std::printf("kernelc %s (LLVM %s)\n", kernelc::version(), LLVM_VERSION_STRING);
    return done;
  }
  if (first == "--help") {
    std::fputs(usage, stdout);
    return done;
  }
  if (first == "--serve") return kernelc::serve(0, 1);

  const CommandLine line = parse(count, arguments);
  if (!line.error.empty()) {
    std::fprintf(stderr, "kernelc: %s\n%s", line.error.c_str(), usage);
    return wrong_usage;
  }
  const kernelc::CompileResult result = kernelc::compile(line.compile);
  std::fputs(result.diagnostics.c_str(), stderr);
  if (!line.depfile.empty() && !result.dependencies.empty()) {
    std::string rule = make_escaped(line.output) + ":";
    for (const std::string& file : result.dependencies) rule += " \\\n  " + make_escaped(file);
    rule += "\n";
    if (!write(line.depfile, rule.data(), rule.size())) {
      std::fprintf(stderr, "kernelc: cannot write '%s'\n", line.depfile.c_str());
      return not_written;
    }
  }
  if (!result.ok) return rejected;
  if (!write(line.output, result.output.data(), result.output.size())) {
    std::fprintf(stderr, "kernelc: cannot write '%s'\n", line.output.c_str());
    return not_written;
  }
  return done;
}
