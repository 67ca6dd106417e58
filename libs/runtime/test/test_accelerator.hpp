#pragma once

/// A real, small device for the runtime's tests: it runs a kernel's reference, one chunk after the other. A blocking
/// launch runs on the caller's thread and an asynchronous one on a worker, which helpers may overtake.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <dotcompute/device/host_accelerator.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

namespace dotcompute::test {

struct TestAcceleratorOptions {
  std::string id = "cpu";
  bool refuses = false;                                  ///< Refuses "demo::refused".
  std::function<void(std::uint64_t)> before_chunk = {};  ///< Called with the number of the chunk.
};

class TestAccelerator final : public HostAccelerator {
 public:
  explicit TestAccelerator(TestAcceleratorOptions options = {});
  ~TestAccelerator() override;

  const AcceleratorInfo& info() const noexcept override { return info_; }
  std::optional<std::string> refusal(const KernelDefinition& kernel) const override;
  std::unique_ptr<HostKernel> load(const KernelDefinition& kernel) override;

  static constexpr std::uint64_t chunk = 1024;

 private:
  class Code;
  /// A launch that waits for the worker or a helper; it lies in the launch's scratch, so that starting allocates
  /// nothing.
  struct Job {
    const Code* code;
    PendingLaunch* launch;
    Job* next;
  };
  void work();
  /// The oldest job, or null. The lock is held.
  Job* take_job() noexcept;

  TestAcceleratorOptions options_;
  AcceleratorInfo info_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Job* first_ = nullptr;
  Job* last_ = nullptr;
  bool closing_ = false;
  std::thread worker_;
};

/// "cpu" and "picky", which refuses demo::refused; "missing" is absent.
[[nodiscard]] RuntimeParts test_parts(TestAcceleratorOptions options = {});

}  // namespace dotcompute::test
