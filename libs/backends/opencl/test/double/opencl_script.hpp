#pragma once

/// What the test double of the OpenCL loader plays, and what it saw. The double is a shared library that exports the
/// functions that the backend calls; memory and copies are real, kernels do nothing.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dotcompute::test {

struct DeviceScript {
  std::string name = "Scripted Device";
  std::string version = "OpenCL 1.2 double";
  std::uint64_t type = 4;  // CL_DEVICE_TYPE_GPU
  bool available = true;
  bool has_compiler = true;
  bool little_endian = true;
  bool has_fp64 = true;
  std::string extensions = "cl_khr_fp64 cl_khr_int64_base_atomics cl_khr_int64_extended_atomics";
  bool keeps_subnormals = true;
  bool rounds_division_correctly = false;
  bool has_out_of_order_queues = true;
  unsigned address_bits = 64;
  std::size_t group_items = 64;
  std::array<std::size_t, 3> group_sides{64, 32, 16};
  std::uint64_t memory_bytes = 1 << 20;
  std::uint64_t largest_allocation_bytes = 1 << 18;
  std::uint64_t local_memory_bytes = 1024;
};

struct PlatformScript {
  std::string name = "Scripted Platform";
  int devices_code = 0;
  std::vector<DeviceScript> devices{DeviceScript{}};
};

/// One argument of a queued kernel, as its bytes.
using SeenArgument = std::vector<unsigned char>;

struct SeenLaunch {
  std::array<std::size_t, 3> global{};
  std::array<std::size_t, 3> local{};
  unsigned dimensions = 0;
  bool has_local = false;
  std::vector<SeenArgument> arguments;
};

/// What the double plays. It keeps to the rule that what is used together is of one context. One thread sets it while
/// no call is under way.
struct OpenClScript {
  std::vector<PlatformScript> platforms{PlatformScript{}};
  int platforms_code = 0;

  /// The number of devices from which on clCreateContext fails.
  std::size_t devices_too_many_for_a_context = 100;
  /// Calls that fail with a code, by name.
  std::map<std::string, int> failing;
  /// How a command ends: 0 well, a negative code badly.
  int command_status = 0;
  /// Whether commands stay unfinished until they are waited for.
  bool holds_commands = false;

  unsigned memory_type = 0x10F0;  // CL_MEM_OBJECT_BUFFER

  std::string build_log;
  std::string binary = "a binary";
  std::string kernel_names = "saxpy";
  unsigned argument_count = 9;
  std::uint64_t kernel_local_bytes = 0;
  std::size_t kernel_group_items = 64;
  std::array<std::size_t, 3> required_group{};

  // What was seen.
  std::vector<SeenLaunch> launches;
  std::vector<std::string> build_options;
  std::vector<std::uint64_t> queue_properties;
  std::vector<std::string> commands;  ///< Names of the queueing calls; "after" where one named events to wait for.
  std::size_t set_arguments = 0;
  std::atomic<std::size_t> calls{0};  ///< All but those that find platforms or describe devices and kernels.
  std::vector<std::size_t> contexts;  ///< Made, each with so many devices.
  int mappings = 0;                   ///< Mapped and not unmapped.
  bool keeps_records = true;          ///< Whether launches and commands are noted at all.
  std::atomic<int> live_objects{0};
  std::atomic<int> most_threads_inside{0};  ///< At once, in the calls that wait.
};

/// The script of the double; looked up in the library by this name.
using OpenClScriptFunction = OpenClScript* (*)();
inline constexpr const char* opencl_script_name = "dotcompute_test_opencl_script";

}  // namespace dotcompute::test
