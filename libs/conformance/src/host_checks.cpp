#include <array>
#include <atomic>
#include <cstring>
#include <stop_token>
#include <thread>

#include "checks.hpp"

namespace dotcompute::conformance {

namespace {

/// The kernel `affine` on the program's own memory.
class HostAffine {
 public:
  explicit HostAffine(HostAccelerator& device)
      : definition_(contract_kernel("suite::contract::affine")), kernel_(device.load(definition_)) {}

  /// An argument block for `values`, 64-byte aligned.
  struct Block {
    alignas(64) std::array<std::byte, 64> bytes{};
  };
  [[nodiscard]] Block block(std::span<std::uint32_t> values, std::uint32_t factor, std::uint32_t term) const {
    Block block;
    const auto parameters = definition_.parameters();
    const dotcompute_span span{values.data(), values.size()};
    std::memcpy(block.bytes.data() + parameters[0].offset, &span, sizeof span);
    std::memcpy(block.bytes.data() + parameters[1].offset, &factor, sizeof factor);
    std::memcpy(block.bytes.data() + parameters[2].offset, &term, sizeof term);
    return block;
  }

  [[nodiscard]] const HostKernel& kernel() const noexcept { return *kernel_; }

 private:
  KernelDefinition definition_;
  std::unique_ptr<HostKernel> kernel_;
};

LaunchDescription describe(const HostAffine::Block& block, std::uint64_t items) {
  LaunchDescription launch;
  launch.arguments = block.bytes.data();
  launch.grid = {{items, 1, 1}};
  return launch;
}

void describes_itself(HostAccelerator& device, std::uint64_t) {
  const AcceleratorInfo& info = device.info();
  expect(!info.id.empty() && !info.name.empty() && !info.backend.empty(), "id, name or backend is empty");
  expect(info.concurrency >= 1, "a concurrency of 0");
  expect(&device.info() == &info, "info() gave another object the second time");
}

void runs_nothing(HostAccelerator& device, std::uint64_t) {
  const HostAffine affine(device);
  std::vector<std::uint32_t> values(10, 5);
  const auto block = affine.block(values, 2, 1);
  expect(affine.kernel().run(describe(block, 0)) == LaunchOutcome::completed, "an empty grid did not complete");
  expect_all("after an empty grid", values, 5);
}

void obeys_a_stop(HostAccelerator& device, std::uint64_t) {
  const HostAffine affine(device);
  std::vector<std::uint32_t> values(100'000, 5);
  const auto block = affine.block(values, 2, 1);
  std::stop_source source;
  source.request_stop();
  LaunchDescription launch = describe(block, values.size());
  launch.stop = source.get_token();
  expect(affine.kernel().run(launch) == LaunchOutcome::stopped, "a launch that was to stop before it began completed");
}

class Waited final : public PendingLaunch {
 public:
  void completed(LaunchOutcome outcome, std::exception_ptr error) noexcept override {
    is_completed = outcome == LaunchOutcome::completed && !error;
    calls.fetch_add(1);
    calls.notify_all();
  }
  std::atomic<int> calls{0};
  bool is_completed = false;
};

void completes_once(HostAccelerator& device, std::uint64_t) {
  const HostAffine affine(device);
  for (const bool helps : {false, true}) {
    std::vector<std::uint32_t> values(100'000, 5);
    const auto block = affine.block(values, 2, 1);
    Waited pending;
    pending.launch = describe(block, values.size());
    affine.kernel().start(pending);
    if (helps) {
      affine.kernel().help(pending, [](const PendingLaunch& launch) noexcept {
        return static_cast<const Waited&>(launch).calls.load() > 0;
      });
    }
    pending.calls.wait(0);
    expect(pending.is_completed, "a started launch did not complete");
    expect_all("after a started launch", values, 11);
    std::this_thread::yield();
    expect(pending.calls.load() == 1, fmt::format("completed was called {} times", pending.calls.load()));
  }
}

void runs_two_threads(HostAccelerator& device, std::uint64_t) {
  const HostAffine affine(device);
  std::vector<std::uint32_t> all[2] = {std::vector<std::uint32_t>(10'000, 1), std::vector<std::uint32_t>(10'000, 1)};
  const auto work = [&](std::uint32_t which) {
    const auto block = affine.block(all[which], 1, which + 1);
    for (int k = 0; k < 100; ++k) static_cast<void>(affine.kernel().run(describe(block, 10'000)));
  };
  {
    const std::jthread first(work, 0);
    const std::jthread second(work, 1);
  }
  expect_all("the first of two threads on one kernel", all[0], 101);
  expect_all("the second of two threads on one kernel", all[1], 201);
}

void refuses_what_it_has_no_code_for(HostAccelerator& device, std::uint64_t) {
  expect_refusal_without_code(device, "load of a kernel that is refused",
                              [&](const KernelDefinition& kernel) { static_cast<void>(device.load(kernel)); });
}

constexpr auto checks = std::to_array<Check<HostAccelerator>>({
    {"the device describes itself", describes_itself},
    {"an empty grid is nothing", runs_nothing},
    {"a stop request is obeyed", obeys_a_stop},
    {"a started launch completes once", completes_once},
    {"two threads run one kernel", runs_two_threads},
    {"a kernel without code is refused, with the reason", refuses_what_it_has_no_code_for},
});

}  // namespace

std::span<const Check<HostAccelerator>> host_checks() noexcept { return checks; }

}  // namespace dotcompute::conformance
