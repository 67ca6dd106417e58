#pragma once

/// What a Runtime is made of: the facade chooses the parts, the launches use them.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/accelerator.hpp>
#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/memory/bandwidth.hpp>
#include <dotcompute/memory/device_session.hpp>
#include <dotcompute/memory/memory_options.hpp>
#include <dotcompute/runtime/accelerator_memory.hpp>
#include <dotcompute/runtime/discovery.hpp>
#include <dotcompute/runtime/launch_stream.hpp>

namespace dotcompute {

struct RuntimeParts {
  std::vector<std::unique_ptr<Accelerator>> accelerators;  ///< Those that are always there, each with an id of its own.
  /// Those that are asked when a device of theirs is first wanted.
  std::vector<std::unique_ptr<AcceleratorProvider>> providers;
  std::string default_accelerator;  ///< The id of the device for launches without `on`; empty to choose for each.
  Discovery discovery = Discovery::automatic;
  std::vector<AcceleratorMemoryOptions> memory = {};  ///< Of devices with memory of their own.
};

namespace detail {

/// A device of a runtime.
struct Device {
  std::string_view id;  ///< Lives as long as the program.
  Accelerator* accelerator = nullptr;
  HostAccelerator* host = nullptr;      ///< The same, if it is one of these;
  DeviceAccelerator* device = nullptr;  ///< else this, with what the runtime has on it.
  std::unique_ptr<DeviceSession> session = nullptr;
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
  /// Waits for every launch in flight. Buffers that live on get their content back from devices that go with it.
  ~RuntimeCore();
  RuntimeCore(const RuntimeCore&) = delete;
  RuntimeCore& operator=(const RuntimeCore&) = delete;

  /// Different for every runtime that the process ever had.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// The devices found so far. A reference to a Device stays valid as long as the runtime.
  [[nodiscard]] std::vector<const Device*> devices() const;
  /// What was looked for in vain so far.
  [[nodiscard]] std::vector<AbsentAccelerator> absent() const;
  /// Looks for the devices of every backend that was not asked yet.
  void find_all_devices();

  /// Whether launches that name no device may yet have more to choose from.
  [[nodiscard]] bool may_look_for_more() const noexcept { return may_look_.load(std::memory_order_relaxed); }
  /// The same as `find_all_devices` for the plans' own table.
  void look_for_more();
  /// A launch that the runtime placed takes about so long; when it is enough, looks for all devices.
  void note_placed(double ns);

  /// The device that the runtime's options name for launches that ask for none; null if they name none.
  [[nodiscard]] const Device* default_device() const noexcept { return default_device_; }

  /// The device with this id; looks for it if its backend was not asked yet. Throws DeviceNotAvailableError, which
  /// lists what there is.
  [[nodiscard]] const Device& device(std::string_view id);

  /// A stream of that device, for launches that are given to it.
  [[nodiscard]] LaunchStream create_stream(std::string_view id);

  /// The memory of that device.
  [[nodiscard]] AcceleratorMemory memory(std::string_view id);

  /// The pinned memory of a device, which serves those of its own. Throws DeviceNotAvailableError, DeviceError for a
  /// device that has none, and OutOfMemoryError.
  [[nodiscard]] std::pmr::memory_resource& pinned_memory(std::string_view id);

  /// How fast bytes go from one device's memory to another's, a device on the host standing for the host's: in bytes
  /// per second, measured when it is first asked for and used from then on to choose devices. Infinite from the host to
  /// itself. Throws DeviceNotAvailableError, and what the devices throw.
  [[nodiscard]] double bandwidth(std::string_view from, std::string_view to);
  [[nodiscard]] const Bandwidths& bandwidths() const noexcept { return bandwidths_; }

  [[nodiscard]] PlanTable& plans() const noexcept { return *plans_; }
  /// The count for launches that the calling thread begins.
  [[nodiscard]] InFlightCount& in_flight() noexcept;
  /// Returns when no launch that was begun before is in flight.
  void wait_for_launches() const noexcept;

 private:
  static constexpr std::size_t count_of_counts = 16;

  [[nodiscard]] const Device* find_known(std::string_view id) const noexcept;
  void add(Accelerator& accelerator);
  [[nodiscard]] const AcceleratorMemoryOptions& memory_options(std::string_view id) const noexcept;
  /// In a process that was forked off: what belongs to a driver stays as it is, and is never freed.
  void leave_to_parent() noexcept;
  void ask(std::size_t provider);
  [[nodiscard]] const Device& look_for(std::string_view id);
  [[noreturn]] void throw_no_device(std::string_view id) const;

  RuntimeParts parts_;
  mutable std::mutex devices_mutex_;
  std::deque<Device> devices_;
  std::vector<AbsentAccelerator> absent_;
  std::vector<bool> asked_;  ///< For each provider.
  const Device* default_device_ = nullptr;
  Bandwidths bandwidths_;
  std::atomic<bool> may_look_{false};
  std::atomic<std::uint64_t> placed_ns_{0};
  std::uint64_t id_;
  InFlightCount in_flight_[count_of_counts];
  std::unique_ptr<PlanTable> plans_;
};

}  // namespace detail
}  // namespace dotcompute
