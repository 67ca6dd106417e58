#pragma once

/// A device, as the runtime sees it: what it is, how large and how fast, and whether it can run a kernel.
///
/// There are two kinds, and every Accelerator is one of them: a HostAccelerator runs kernels on the memory of the
/// program, a DeviceAccelerator has memory of its own, to and from which streams carry data.
///
/// All members of all classes of the contract may be called from several threads at once, unless they say otherwise.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <dotcompute/kernel/definition.hpp>

namespace dotcompute {

/// What a device cannot exceed. A HostAccelerator has no limits: all are left as they are.
struct DeviceLimits {
  std::uint64_t memory_bytes = 0;              ///< Of its own.
  std::uint64_t largest_allocation_bytes = 0;  ///< In one piece.
  std::uint64_t local_memory_bytes = 0;        ///< That the items of a group share.
  std::uint64_t largest_group_items = 0;
  std::array<std::uint64_t, 3> largest_group{};  ///< Per dimension, in items.
  bool has_fp64 = true;
  bool has_int64_atomics = true;
};

/// What a device may reach, from what it says of itself. Estimates, for choosing a device before anything was measured.
struct DeviceSpeed {
  double operations_per_ns = 1;      ///< Arithmetic of all its cores.
  double memory_bytes_per_ns = 10;   ///< Between its cores and its memory.
  double transfer_bytes_per_ns = 0;  ///< Between the host and its memory; 0 where it uses the host's.
  double launch_ns = 0;              ///< From the call to the first item, and back from the last.
};

/// What a device says of itself.
struct AcceleratorInfo {
  std::string id;                  ///< What `on(...)` takes: "cpu", "reference", "opencl:0".
  std::string name;                ///< For people: "AMD EPYC, x86-64-v4, 2 threads".
  std::string backend;             ///< "cpu", "reference", "opencl" ...
  std::size_t concurrency = 1;     ///< Hardware threads or compute units.
  std::string driver = {};         ///< Names and versions of all that a built kernel depends on; empty on the host.
  bool runs_on_host_cores = true;  ///< Whether it shares its cores with the accelerator "cpu".
  bool stages_pageable = false;    ///< Whether copies are slow from and to memory of the host that is not pinned.
  DeviceLimits limits = {};
  DeviceSpeed speed = {};
};

/// The processors of the host that a device runs on, and what they share.
struct ProcessorTopology {
  std::size_t processors = 1;  ///< That this process may use.
  std::size_t cores = 1;       ///< That they belong to.
  std::size_t nodes = 1;       ///< Of memory, that they belong to.
  std::size_t caches = 1;      ///< The outermost ones that they have; where a node has none, one for the node.
  std::uint64_t l2_bytes = 0;  ///< Of one cache; 0 where there is none or it is not known.
  std::uint64_t l3_bytes = 0;  ///< Likewise.
  std::string unknown = {};    ///< Why all but `processors` is not known and only assumed; else empty.
};

class Accelerator {
 public:
  virtual ~Accelerator() = default;

  /// Valid and the same as long as the Accelerator lives.
  [[nodiscard]] virtual const AcceleratorInfo& info() const noexcept = 0;

  /// What its processors share; empty for a device that is not made of the host's. Takes a millisecond or more.
  [[nodiscard]] virtual std::optional<ProcessorTopology> topology() const { return std::nullopt; }

  /// Why this device cannot run the kernel, in a sentence; empty if it can.
  [[nodiscard]] virtual std::optional<std::string> refusal(const KernelDefinition& kernel) const = 0;
};

/// A device that was looked for and cannot be used.
struct AbsentAccelerator {
  std::string id;      ///< "opencl", "cuda:1"
  std::string reason;  ///< Why, with every place that was tried, and what to install.
};

}  // namespace dotcompute
