#pragma once

/// select: what was asked for, the work and where its data is -> a device, and why that one.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/device/accelerator.hpp>
#include <dotcompute/kernel/abi.h>
#include <dotcompute/memory/bandwidth.hpp>
#include <dotcompute/memory/coherence.hpp>
#include <dotcompute/memory/device_session.hpp>

namespace dotcompute::detail {

/// A span of a launch, as far as it matters where the launch runs.
struct SpanAtHand {
  std::uint64_t size_bytes = 0;
  bool is_written = false;
  bool is_buffer = false;  ///< It stays where it is written; plain memory is copied back at once.
  bool is_on_host = true;  ///< Whether the host has its current content,
  /// and the devices that have it too or alone; with many, some of them.
  std::array<const DeviceSession*, 4> devices{};
  std::size_t device_count = 0;

  [[nodiscard]] bool is_on(const DeviceSession& device) const noexcept {
    const auto end = devices.begin() + static_cast<std::ptrdiff_t>(device_count);
    return std::find(devices.begin(), end, &device) != end;
  }
};

struct Workload {
  std::uint64_t items = 0;
  double operations_per_item = 0;
  std::span<const SpanAtHand> spans;
};

/// A device that takes the kernel.
struct Candidate {
  const DeviceSession* session = nullptr;  ///< Null for one that runs on the host's memory.
  DeviceSpeed speed;
  DeviceLimits limits;
  const Bandwidths* measured = nullptr;  ///< What is known better than `speed` has it; may be null.
};

/// The operations of one work-item, a function of mathematics counted as several.
[[nodiscard]] double operations_of(const dotcompute_cost& cost) noexcept;

/// How long the launch takes there, in nanoseconds: what must be copied over what the way carries, as
/// measured or else as the device says, then the larger of
/// the operations over what the cores do and the bytes over what the memory gives, and what a launch costs. Infinite
/// where the data does not fit.
[[nodiscard]] double estimate_ns(const Workload& work, const Candidate& candidate) noexcept;

/// The index of the candidate with the smallest estimate, the first of equals. There is at least one.
[[nodiscard]] std::size_t choose(const Workload& work, std::span<const Candidate> candidates) noexcept;

}  // namespace dotcompute::detail
