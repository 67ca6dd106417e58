#pragma once

/// A device for tests, with memory of its own and streams that run on threads of theirs, late and in any order that the
/// contract allows, so that what was not ordered shows. It runs a kernel's reference entry.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace dotcompute::test {

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

  // What shall happen.
  std::atomic<std::uint64_t> memory_bytes{std::uint64_t{1} << 30};
  std::atomic<bool> rejects_builds{false};
  std::atomic<bool> rejects_launches{false};     ///< When they are enqueued.
  std::atomic<int> operations_until_failure{0};  ///< 1: the next one fails when it runs; 0: none does.
  std::atomic<bool> is_lost{false};
  std::atomic<bool> is_paused{false};  ///< Streams run nothing.
  std::atomic<bool> delays{false};     ///< Streams pause before operations, at random.
};

struct TestDeviceOptions {
  std::string id = "test:0";
  std::string driver = "test driver 1";
  DeviceSpeed speed = {};
  bool runs_on_host_cores = false;
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

 private:
  AcceleratorInfo info_;
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
