#include <exception>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands.hpp"
#include "report.hpp"

namespace dotcompute::tool {

namespace {

constexpr const char* exit_statuses = R"(Exit status:
  0   success
  2   the command line is wrong
  3   an input is missing, damaged or does not fit the kernel
  4   the source does not compile, or no compiler can be reached
  5   a device is absent, cannot run the kernel or failed
  6   the check found a difference
  7   an output cannot be written
  70  dotcompute itself is wrong)";

constexpr const char* run_help = R"(
Arguments:
  A value is written as text: 2.5, -3, 0xff, true, inf. An array is a .npy or .png file. A struct by value is a
  0-dimensional .npy file with named fields. A parameter that is given and written is read from its --arg, and its
  result goes to its --out.
Sizes:
  An output without --arg is as large as its --shape, else as the grid, and filled with zeros. The grid is --over; else
  the longest array's length, or its shape for a 2-D or 3-D kernel. x, the fastest axis, comes first: --shape a=640x480
  is a .npy of shape (480, 640). For a .png it is WIDTHxHEIGHT or WIDTHxHEIGHTxCHANNELS.
Example:
  dotcompute run saxpy.cpp:demo::saxpy --arg a=2 --arg x=x.npy --arg y=y.npy --out y=result.npy --on all --check

)";

/// The command line as CLI11 fills it in.
struct Texts {
  std::string source;
  std::vector<std::string> arguments, outputs, shapes;
  std::string over, group, tolerance;
  std::vector<std::string> defines, includes, options;
  std::string kernelc;
  ConformanceOptions conformance;
  std::string on = "auto";
  bool check = false;
  bool time = false;
  CommonOptions common;
};

void add_common(CLI::App& command, Texts& texts) {
  command.add_flag("--json", texts.common.json, "Print one JSON value on stdout, also for an error");
  command.add_flag("--progress", texts.common.progress, "Show progress also when stderr is not a terminal");
}

void add_list(CLI::App& command, const std::string& name, std::vector<std::string>& list, const char* value,
              const char* help) {
  // One value per occurrence, so that what follows it is not swallowed.
  command.add_option(name, list, help)->type_name(value)->allow_extra_args(false)->take_all();
}

void add_compile(CLI::App& command, Texts& texts) {
  add_list(command, "-D", texts.defines, "NAME[=VALUE]", "Define a macro");
  add_list(command, "-I", texts.includes, "DIR", "Look for headers in this directory");
  command.add_option("--kernelc", texts.kernelc, "The kernel compiler to use")->type_name("FILE");
  add_list(command, "--option", texts.options, "OPTION", "Hand this option to the compiler: --option -std=c++20");
}

void add_run(CLI::App& command, Texts& texts) {
  command.add_option("source", texts.source, "The source and the kernel, which may be left out if it is the only one")
      ->required()
      ->type_name("FILE.cpp[:KERNEL]");
  add_list(command, "--arg", texts.arguments, "NAME=VALUE|FILE", "An argument: a value, a .npy or a .png file");
  add_list(command, "--out", texts.outputs, "NAME=FILE", "Write what the kernel wrote to a .npy or .png file");
  add_list(command, "--shape", texts.shapes, "NAME=SIZES[:TYPE]", "Sizes of an array, x first: y=1024x768:float32");
  command.add_option("--over", texts.over, "The grid in work-items")->type_name("W[xH[xD]]");
  command.add_option("--group", texts.group, "How many neighbouring work-items belong together")
      ->type_name("W[xH[xD]]");
  command.add_option("--on", texts.on, "A device, 'auto' or 'all'")->type_name("DEVICE")->capture_default_str();
  command.add_flag("--check", texts.check, "Run on the reference too, and compare");
  command.add_flag("--time", texts.time, "Print the time of each step");
  command
      .add_option("--tolerance", texts.tolerance, "What a check allows: any of abs=, rel= and ulp=; 'exact' by default")
      ->type_name("LIMITS");
  add_compile(command, texts);
  add_common(command, texts);
  command.footer(run_help + std::string(exit_statuses));
}

void add_conformance(CLI::App& command, Texts& texts) {
  ConformanceOptions& options = texts.conformance;
  command.add_option("device", options.device, "The device; all of them if it is left out")->type_name("DEVICE");
  command.add_option("--sizes", options.sizes, "Elements of every span: 1,17,1000007")
      ->delimiter(',')
      ->type_name("N,...");
  command.add_option("--filter", options.filter, "Only kernels with such a name: 'math::*', '*<float>'")
      ->type_name("PATTERN");
  command.add_option("--seed", options.seed, "Of the random arguments")->type_name("N")->capture_default_str();
  add_common(command, texts);
  command.footer(exit_statuses);
}

/// Turns a std::invalid_argument into a usage error that names the option.
template <class Parse>
auto parse_option(const char* option, const std::string& text, Parse&& parse) {
  try {
    return parse(text);
  } catch (const std::invalid_argument& error) {
    throw usage_error(fmt::format("{}: {}", option, error.what()));
  }
}

SourceOptions source_of(const Texts& texts) {
  const SourceAndKernel source = split_source(texts.source);
  SourceOptions options{source.file, source.kernel, {}, texts.kernelc};
  for (const std::string& define : texts.defines) options.compile_options.push_back("-D" + define);
  for (const std::string& include : texts.includes) options.compile_options.push_back("-I" + include);
  options.compile_options.insert(options.compile_options.end(), texts.options.begin(), texts.options.end());
  return options;
}

RunOptions run_options_of(const Texts& texts) {
  RunOptions options;
  options.source = source_of(texts);
  for (const std::string& text : texts.arguments) options.arguments.push_back(split_named("--arg", text));
  for (const std::string& text : texts.outputs) options.outputs.push_back(split_named("--out", text));
  for (const std::string& text : texts.shapes) options.shapes.push_back(split_named("--shape", text));
  if (!texts.over.empty()) options.over = parse_option("--over", texts.over, parse_extent);
  if (!texts.group.empty()) options.group = parse_option("--group", texts.group, parse_extent);
  if (options.group && options.group->count() == 0) {
    throw usage_error(fmt::format("--group {}: a group has at least one work-item", texts.group));
  }
  if (!texts.tolerance.empty()) {
    options.tolerance = parse_option("--tolerance", texts.tolerance, parse_tolerance);
    if (!texts.check) throw usage_error("--tolerance is what a check allows; add --check");
  }
  options.on = texts.on;
  options.check = texts.check;
  options.time = texts.time;
  return options;
}

/// Errors go to stderr for people and, with --json, to stdout for programs.
int report(const ToolError& error, bool json) {
  const ErrorTexts texts = error_texts(error, json);
  fmt::print(stderr, "{}", texts.for_people);
  fmt::print("{}", texts.for_programs);
  return static_cast<int>(error.status());
}

/// Runs the command; every exception becomes a report.
int guarded(const std::function<ExitStatus()>& command, bool json) {
  try {
    return static_cast<int>(command());
  } catch (const ToolError& error) {
    return report(error, json);
  } catch (const std::bad_alloc&) {
    return report({ExitStatus::input, "this machine has not enough memory; use smaller arrays"}, json);
  } catch (const std::exception& error) {
    return report({ExitStatus::internal, fmt::format("an error inside dotcompute: {}", error.what())}, json);
  }
}

/// A command line that could not be parsed did not get as far as noticing --json.
bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") return true;
  }
  return false;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app("Runs compute kernels, plain C++ functions over spans, on every device of this machine.", "dotcompute");
  app.set_version_flag("--version", "dotcompute " DOTCOMPUTE_VERSION);
  // None is told apart from a wrong one below.
  app.require_subcommand(0, 1);
  app.footer(exit_statuses);
  Texts texts;
  CLI::App* const devices = app.add_subcommand("devices", "List the devices of this machine");
  add_common(*devices, texts);
  CLI::App* const kernels = app.add_subcommand("kernels", "List the kernels of a source and where they can run");
  kernels->add_option("source", texts.source, "The source")->required()->type_name("FILE.cpp");
  add_compile(*kernels, texts);
  add_common(*kernels, texts);
  CLI::App* const run = app.add_subcommand("run", "Run a kernel of a source on files and values");
  add_run(*run, texts);
  CLI::App* const conformance =
      app.add_subcommand("conformance", "Run the suite that says whether a device gives what the reference gives");
  add_conformance(*conformance, texts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for) {  // --help, --version
    return app.exit(asked_for);
  } catch (const CLI::ParseError& error) {
    return report(usage_error(fmt::format("{}; see 'dotcompute {}--help'", error.what(),
                                          *run           ? "run "
                                          : *kernels     ? "kernels "
                                          : *devices     ? "devices "
                                          : *conformance ? "conformance "
                                                         : "")),
                  asks_for_json(argc, argv));
  }
  return guarded(
      [&] {
        Progress progress(texts.common.progress || stderr_is_terminal());
        if (app.get_subcommands().empty()) {
          throw usage_error("a command is required: devices, kernels, run or conformance; see 'dotcompute --help'");
        }
        if (*devices) return list_devices(texts.common);
        if (*conformance) return check_conformance(texts.conformance, texts.common, progress);
        if (*run) return run_kernel(run_options_of(texts), texts.common, progress);
        SourceOptions source = source_of(texts);
        source.file = texts.source;  // a file alone: nothing after a ':' is a kernel's name
        return list_kernels(source, texts.common, progress);
      },
      texts.common.json);
}

}  // namespace dotcompute::tool
