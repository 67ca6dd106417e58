#pragma once

/// What a Runtime is made of: the facade chooses the parts, the launches use them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/accelerator.hpp>

namespace dotcompute {

/// A device that was looked for and cannot be used.
struct AbsentAccelerator {
  std::string id;      ///< "opencl:0"
  std::string reason;  ///< Why, with every path tried.
};

struct RuntimeParts {
  std::vector<std::unique_ptr<Accelerator>> accelerators;  ///< Each with an id of its own.
  std::vector<AbsentAccelerator> absent;
  std::string default_accelerator;  ///< The id of the device for launches without `on`; empty for "cpu".
};

namespace detail {

/// A device of a runtime.
struct Device {
  Accelerator* accelerator = nullptr;
  std::string_view id;  ///< Lives as long as the program.
};

/// Counts the launches in flight that were begun by some of the threads. One cache line each, so that callers on
/// different threads do not share one.
struct alignas(64) InFlightCount {
  std::atomic<std::uint64_t> launches{0};
};

class PlanTable;

/// The inside of a Runtime: its devices, the plans of its launches, and the count of those in flight. Launchers and
/// prepared launches refer to it; it must outlive them. Thread-safe.
class DOTCOMPUTE_API RuntimeCore {
 public:
  /// Throws DeviceNotAvailableError if the default accelerator is not among the parts.
  explicit RuntimeCore(RuntimeParts parts);
  /// Waits for every launch in flight.
  ~RuntimeCore();
  RuntimeCore(const RuntimeCore&) = delete;
  RuntimeCore& operator=(const RuntimeCore&) = delete;

  /// Different for every runtime that the process ever had.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] std::span<const Device> devices() const noexcept { return devices_; }
  [[nodiscard]] std::span<const AbsentAccelerator> absent() const noexcept { return parts_.absent; }
  /// The device for launches that ask for none, and whether the runtime's options name it.
  [[nodiscard]] const Device& default_device() const noexcept { return *default_device_; }
  [[nodiscard]] bool default_was_chosen() const noexcept { return !parts_.default_accelerator.empty(); }

  /// The device with this id. Throws DeviceNotAvailableError, which lists what there is.
  [[nodiscard]] const Device& device(std::string_view id) const;

  [[nodiscard]] PlanTable& plans() const noexcept { return *plans_; }
  /// The count for launches that the calling thread begins.
  [[nodiscard]] InFlightCount& in_flight() noexcept;
  /// Returns when no launch that was begun before is in flight.
  void wait_for_launches() const noexcept;

 private:
  static constexpr std::size_t count_of_counts = 16;

  RuntimeParts parts_;
  std::vector<Device> devices_;
  const Device* default_device_ = nullptr;
  std::uint64_t id_;
  InFlightCount in_flight_[count_of_counts];
  std::unique_ptr<PlanTable> plans_;
};

}  // namespace detail
}  // namespace dotcompute
