#pragma once

/// A device for tests, with memory of its own and streams that run on threads of theirs, late and in any order that the
/// contract allows, so that what was not ordered shows. It runs a kernel's reference entry.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace dotcompute::test {

/// What a stream did, as the log has it.
struct TestOperation {
  enum class Kind { write, read, copy, launch, wait };
  Kind kind = Kind::wait;
  std::string device;               ///< Of the stream.
  std::size_t stream = 0;           ///< Differs between all streams of the process.
  std::uint64_t size_bytes = 0;     ///< Of a transfer.
  std::uint64_t offset_bytes = 0;   ///< In the device's memory; of a copy, in `to`.
  const std::byte* host = nullptr;  ///< The first byte on the host, of a write or a read.
  std::uintptr_t to = 0;            ///< The native handle of the memory that is written, if any;
  std::uintptr_t from = 0;          ///< and that is read.
  std::string kernel;               ///< Of a launch.
  bool is_pinned = false;           ///< Whether `host` lies in pinned memory of the device's state.
  std::uint64_t enqueued = 0;       ///< Numbers that no other event of the process has, in the order of the events.
  std::uint64_t begin = 0;          ///< 0 before it began;
  std::uint64_t end = 0;            ///< and before it ended.

  /// Whether the two were under way at once.
  [[nodiscard]] bool overlaps(const TestOperation& other) const noexcept {
    return begin < other.end && other.begin < end;
  }
};

/// What a test may know and do while the device is used. Shared by the test, the device and its streams, since the test
/// looks at it after the device is gone.
struct TestDeviceState {
  // What happened so far.
  std::atomic<std::uint64_t> written_bytes{0};
  std::atomic<std::uint64_t> read_bytes{0};
  std::atomic<std::uint64_t> launches{0};
  std::atomic<std::uint64_t> builds{0};
  std::atomic<std::uint64_t> loads{0};
  std::atomic<std::uint64_t> streams{0};
  std::atomic<std::uint64_t> used_bytes{0};
  std::atomic<std::uint64_t> last_group{0};  ///< First size of the last launch's group.
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint64_t> copied_bytes{0};  ///< By Stream::copy.
  std::atomic<std::uint64_t> pinned_bytes{0};  ///< Allocated and not given back.

  // What shall happen.
  std::atomic<std::uint64_t> memory_bytes{std::uint64_t{1} << 30};
  std::atomic<bool> rejects_builds{false};
  std::atomic<bool> rejects_launches{false};     ///< When they are enqueued.
  std::atomic<int> operations_until_failure{0};  ///< 1: the next one fails when it runs; 0: none does.
  std::atomic<bool> is_lost{false};
  std::atomic<bool> is_paused{false};  ///< Streams run nothing.
  std::atomic<bool> delays{false};     ///< Streams pause before operations, at random.
  std::atomic<std::uint64_t> pinned_limit_bytes{std::uint64_t{1} << 30};
  std::atomic<std::uint64_t> transfer_ns_per_kib{0};  ///< What reads, writes and copies take at least.

  // The log: kept from when a test asks for it, and in the order of `enqueued`.
  std::atomic<bool> keeps_log{false};
  [[nodiscard]] std::vector<TestOperation> log() const;

  /// Called on the stream's thread when an operation has begun, before it does anything; it may block. Set while no
  /// operation is under way, and with `keeps_log`.
  std::function<void(const TestOperation&)> at_begin;

  // For the device.
  mutable std::mutex mutex;
  std::vector<TestOperation> operations;                         ///< Guarded by the mutex.
  std::vector<std::pair<const std::byte*, std::size_t>> pinned;  ///< The same.
};

struct TestDeviceOptions {
  std::string id = "test:0";
  std::string driver = "test driver 1";
  DeviceSpeed speed = {};
  bool runs_on_host_cores = false;
  std::string backend = "test";
  int peers = 0;  ///< Devices with the same number are peers, but for 0.
  bool has_pinned = false;
  bool stages_pageable = false;
  /// Of this device alone; null for what whoever makes the device gives.
  std::shared_ptr<TestDeviceState> state = nullptr;
};

class TestDevice final : public DeviceAccelerator {
 public:
  explicit TestDevice(const TestDeviceOptions& options = {},
                      std::shared_ptr<TestDeviceState> state = std::make_shared<TestDeviceState>());

  [[nodiscard]] const AcceleratorInfo& info() const noexcept override { return info_; }
  [[nodiscard]] std::optional<std::string> refusal(const KernelDefinition& kernel) const override;
  [[nodiscard]] std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override;
  [[nodiscard]] std::unique_ptr<Stream> create_stream() override;
  [[nodiscard]] std::vector<std::byte> build(const KernelDefinition& kernel) override;
  [[nodiscard]] std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel,
                                                   std::span<const std::byte> image) override;
  [[nodiscard]] std::optional<std::string> loss() const override;
  [[nodiscard]] std::unique_ptr<PinnedMemory> allocate_pinned(std::uint64_t size_bytes) override;
  [[nodiscard]] bool can_access_peer(const DeviceAccelerator& other) const noexcept override;
  /// Handles are addresses; what is taken was made by `new std::byte[]`.
  [[nodiscard]] std::unique_ptr<DeviceMemory> adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                                    Ownership ownership) override;
  /// The state's address.
  [[nodiscard]] std::uintptr_t native_context() override;

 private:
  AcceleratorInfo info_;
  int peers_;
  bool has_pinned_;
  std::size_t number_;  ///< Differs between all devices of the process.
  std::shared_ptr<TestDeviceState> state_;
};

/// Finds devices that are made when it is asked.
class TestDeviceProvider final : public AcceleratorProvider {
 public:
  TestDeviceProvider(std::vector<TestDeviceOptions> devices, std::shared_ptr<TestDeviceState> state)
      : devices_(std::move(devices)), state_(std::move(state)) {}
  [[nodiscard]] std::string_view backend() const noexcept override { return "test"; }
  [[nodiscard]] FoundAccelerators find() override;

 private:
  std::vector<TestDeviceOptions> devices_;
  std::shared_ptr<TestDeviceState> state_;
};

}  // namespace dotcompute::test
