#pragma once

/// How fast bytes go from one place to another: measured once, and kept.

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/device_session.hpp>

namespace dotcompute::detail {

/// Copies some megabytes from one device to another, null being the host, a few times; the best of them in bytes per
/// nanosecond. They go as buffers do: staged, directly or over the host. Infinite from the host to itself, where
/// nothing is copied. Throws DeviceError and OutOfMemoryError.
[[nodiscard]] DOTCOMPUTE_API double measure_bytes_per_ns(DeviceSession* from, DeviceSession* to);

/// What was measured between the devices of a runtime. Thread-safe; to look takes no lock.
class DOTCOMPUTE_API Bandwidths {
 public:
  Bandwidths() = default;
  Bandwidths(const Bandwidths&) = delete;
  Bandwidths& operator=(const Bandwidths&) = delete;

  /// In bytes per nanosecond; 0 if it was not measured. Null is the host.
  [[nodiscard]] double find(const DeviceSession* from, const DeviceSession* to) const noexcept;
  /// The same, measured if it was not yet; by one caller at a time. Throws what measuring throws.
  [[nodiscard]] double get(DeviceSession* from, DeviceSession* to);
  /// For who measured it otherwise; the last one counts.
  void note(const DeviceSession* from, const DeviceSession* to, double bytes_per_ns);

 private:
  struct Entry {
    const DeviceSession* from;
    const DeviceSession* to;
    double bytes_per_ns;
    const Entry* next;
  };

  void add(const Entry& entry);

  std::atomic<const Entry*> first_{nullptr};
  std::mutex mutex_;           ///< For who measures.
  std::deque<Entry> entries_;  ///< Guarded by the mutex; what is in the list does not change.
};

}  // namespace dotcompute::detail
