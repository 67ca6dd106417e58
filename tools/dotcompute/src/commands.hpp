#pragma once

/// The commands. Each writes its result to stdout and returns the exit status; errors are thrown as ToolError.

#include "options.hpp"
#include "progress.hpp"
#include "tool_error.hpp"

namespace dotcompute::tool {

[[nodiscard]] ExitStatus list_devices(const CommonOptions& common);
[[nodiscard]] ExitStatus list_kernels(const SourceOptions& source, const CommonOptions& common, Progress& progress);
[[nodiscard]] ExitStatus run_kernel(const RunOptions& options, const CommonOptions& common, Progress& progress);

/// Runs the suite on devices and tells whether any of them breaks the contract.
[[nodiscard]] ExitStatus check_conformance(const ConformanceOptions& options, const CommonOptions& common,
                                           Progress& progress);

/// Interprets the command line, runs the command and reports its error: all of `main`.
[[nodiscard]] int run_command_line(int argc, const char* const* argv);

}  // namespace dotcompute::tool
