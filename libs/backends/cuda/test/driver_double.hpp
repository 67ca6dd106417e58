#pragma once

/// A stand-in for the CUDA driver, built as shared libraries that the backend opens in the place of libcuda. Its memory
/// is the host's, its copies copy, its streams are in order and its events wait; its launches are recorded, and run
/// what the test says they do. It keeps the driver's rules: a call on objects of a context that is not current is
/// refused, and after a sticky error every call fails.
///
/// Tests reach the state through `open_driver_double`; it is the library's own and begins anew with `reset`.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "driver_api.hpp"

namespace dotcompute::cuda::test {

struct DeviceOfDouble {
  std::string name = "Double 90";
  std::size_t memory_bytes = std::size_t{1} << 34;
  std::map<DeviceAttribute, int> attributes = {{DeviceAttribute::max_threads_per_block, 1024},
                                               {DeviceAttribute::max_block_dim_x, 1024},
                                               {DeviceAttribute::max_block_dim_y, 1024},
                                               {DeviceAttribute::max_block_dim_z, 64},
                                               {DeviceAttribute::max_grid_dim_x, 2147483647},
                                               {DeviceAttribute::max_grid_dim_y, 65535},
                                               {DeviceAttribute::max_grid_dim_z, 65535},
                                               {DeviceAttribute::max_shared_memory_per_block, 49152},
                                               {DeviceAttribute::clock_rate_khz, 1'000'000},
                                               {DeviceAttribute::multiprocessor_count, 4},
                                               {DeviceAttribute::compute_mode, 0},
                                               {DeviceAttribute::memory_clock_rate_khz, 2'000'000},
                                               {DeviceAttribute::global_memory_bus_width_bits, 256},
                                               {DeviceAttribute::compute_capability_major, 9},
                                               {DeviceAttribute::compute_capability_minor, 0}};
};

struct LaunchOfDouble {
  std::string function;
  std::array<unsigned, 3> blocks{};
  std::array<unsigned, 3> block{};
  std::vector<std::vector<std::byte>> arguments;  ///< As many bytes of each as the function says.
};

/// A kernel that every module has.
struct FunctionOfDouble {
  std::vector<std::size_t> argument_sizes_bytes = {};
  int max_threads_per_block = 1024;
  int shared_size_bytes = 0;
  int best_block = 256;
  std::function<void(const LaunchOfDouble&)> run = {};  ///< What a launch does; may be empty.
  Result fault = Result::success;                       ///< Sticky, when a launch of it runs.
};

struct DriverDouble {
  std::mutex mutex;  ///< Held during every call; tests that use other threads take it.

  // The script.
  int version = 13000;
  std::vector<DeviceOfDouble> devices{1};
  std::map<std::string, FunctionOfDouble, std::less<>> functions;
  std::map<std::string, Result, std::less<>> failures;  ///< What a call gives for as long as it is here.
  std::set<std::string, std::less<>> unknown;           ///< What cuGetProcAddress does not know.
  std::string jit_log;                                  ///< Written to the error log of a module that fails to load.
  bool is_held = false;                                 ///< Operations stay queued until somebody waits.
  bool is_quiet = false;                                ///< Nothing is recorded, so that nothing is allocated.
  std::set<std::pair<int, int>> peers;                  ///< Who can access whom.
  int polls_to_ready = 0;                               ///< So many queries give "not ready" for an event that is.

  // The record.
  std::vector<std::string> calls;
  std::vector<LaunchOfDouble> launches;
  std::vector<std::string> loaded_images;
  std::set<int> asked_versions;  ///< Of cuGetProcAddress.
  int executed = 0;              ///< Operations of all streams.
  int violations = 0;            ///< Calls on objects of a context that was not current.
  int memory_blocks = 0;         ///< Allocated and not freed; the same for the others.
  int streams = 0;
  int events = 0;
  int modules = 0;
  int retained = 0;
  int pinned_blocks = 0;
  std::vector<unsigned> pinned_flags;
  std::set<std::pair<int, int>> enabled_peers;
  Result sticky = Result::success;

  void reset();
  [[nodiscard]] int count(const std::string& call) const;
};

/// The state of the library at this path, which is opened and never closed.
[[nodiscard]] DriverDouble& open_driver_double(const char* path);

}  // namespace dotcompute::cuda::test
