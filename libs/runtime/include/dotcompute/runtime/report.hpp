#pragma once

/// What a launch did: where it ran, why there, over what, how it ended and, where asked for, how long each step took.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/extent.hpp>
#include <dotcompute/device/launch.hpp>

namespace dotcompute {

/// Why a launch ran where it ran.
enum class SelectionReason : std::uint8_t {
  asked_for,          ///< `on(...)` named the device.
  runtime_default,    ///< RuntimeOptions::default_accelerator names it.
  cpu_by_default,     ///< Nothing was said, and no device with cores of its own was found or looked for yet.
  only_candidate,     ///< Of the devices that were found and may be chosen, no other takes the kernel.
  estimated_fastest,  ///< Of several, by the work, where its data is and what the devices say of themselves.
  faster_one_failed,  ///< The device that is estimated to be faster could not build the kernel.
};

/// "asked for", "the runtime's default", "estimated to be the fastest".
[[nodiscard]] DOTCOMPUTE_API std::string_view text(SelectionReason reason) noexcept;

/// "completed" or "stopped".
[[nodiscard]] DOTCOMPUTE_API std::string_view text(LaunchOutcome outcome) noexcept;

/// The time of each step of a launch in nanoseconds; measured only for a launch that asked with `timed()`. A step that
/// an earlier launch has done already takes close to nothing: that is what a warm launch is.
struct StepTimes {
  std::uint64_t find_ns = 0;     ///< The kernel, by function or name.
  std::uint64_t select_ns = 0;   ///< The device.
  std::uint64_t prepare_ns = 0;  ///< The kernel's code for the device.
  std::uint64_t bind_ns = 0;     ///< The arguments, checked and laid out, and the grid.
  std::uint64_t place_ns = 0;    ///< The buffers and other memory, made current where the kernel runs or on their way.
  std::uint64_t launch_ns = 0;   ///< From the hand-over to the device until it was complete.
  std::uint64_t total_ns = 0;    ///< All of it.
};

/// A small value that owns no memory: its texts live as long as the program.
struct LaunchReport {
  std::string_view kernel;       ///< "demo::saxpy"
  std::string_view accelerator;  ///< The id of the device it ran on: "cpu".
  SelectionReason reason = SelectionReason::cpu_by_default;
  LaunchOutcome outcome = LaunchOutcome::completed;
  bool timed = false;                 ///< Whether `times` were measured.
  bool fast_math = false;             ///< The kernel allows it: DOTCOMPUTE_KERNEL_FAST. The reference never uses it.
  bool checked = false;               ///< The kernel looks for faults of its own. The reference runs it without.
  Extent grid;                        ///< In work-items; a size of 0 means that there was nothing to do.
  Extent group{0, 0, 0};              ///< The hint of `in_groups_of`; zeros if none was given.
  std::uint32_t launches = 0;         ///< Kernels that were given to the device; 0 if there was nothing to do.
  std::uint64_t bytes_to_device = 0;  ///< Copied from the host's memory to a device's, for this launch,
  std::uint64_t bytes_to_host = 0;    ///< and back. What a later use of a buffer copies is not among them.
  StepTimes times;
};
static_assert(std::is_trivially_copyable_v<LaunchReport>);

/// For people: "demo::saxpy on cpu (asked for): 65536 work-items, completed, 12.4 us"; with the bytes that were copied,
/// if any were.
[[nodiscard]] DOTCOMPUTE_API std::string to_string(const LaunchReport& report);

}  // namespace dotcompute
