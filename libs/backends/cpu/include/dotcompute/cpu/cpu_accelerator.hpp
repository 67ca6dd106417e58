#pragma once

/// The host's processors as an accelerator. Launches read and write host memory where it lies.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/kernel/abi.h>

namespace dotcompute {

struct CpuOptions {
  /// The highest instruction set to use; without it, the best that the machine has.
  std::optional<dotcompute_isa> isa = std::nullopt;
  /// How many threads a launch may use, the calling one included; 0 means one per processor that this process may use.
  std::size_t threads = 0;
  /// Whether the threads stay on the processors of their cache and node, on a machine with several nodes of memory.
  /// Elsewhere, and the callers' threads, are never bound.
  bool binds_threads = true;
  /// For tests: a synthetic description of hwloc's ("numa:2 core:4 pu:2") that is taken for the machine when launches
  /// are divided. Nothing is bound then.
  std::string topology = {};
};

/// The options that the environment variables DOTCOMPUTE_CPU_TARGET ("v2", "v3" or "v4" of x86-64, "aarch64"),
/// DOTCOMPUTE_CPU_THREADS (1 to 1024), DOTCOMPUTE_CPU_BINDING ("on", "off") and DOTCOMPUTE_CPU_TOPOLOGY ask for. Throws
/// DeviceError for any other value; an empty variable says nothing.
[[nodiscard]] CpuOptions cpu_options_from_environment();

/// The accelerator "cpu". It starts its threads with the first launch that is worth sharing. Throws DeviceError for
/// more than 1024 threads, for an instruction set of another family of processors and for a `topology` that is none.
[[nodiscard]] std::unique_ptr<HostAccelerator> make_cpu_accelerator(const CpuOptions& options = {});

}  // namespace dotcompute
