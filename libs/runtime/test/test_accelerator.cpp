#include "test_accelerator.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/task.hpp>

namespace dotcompute::test {

class TestAccelerator::Code final : public HostKernel {
 public:
  Code(TestAccelerator& device, const KernelDefinition& kernel)
      : device_(device), entry_(kernel.record().reference), fails_(kernel.name() == "demo::failing") {}

  LaunchOutcome run(const LaunchDescription& launch) const override {
    if (fails_) throw ExecutionError(Remedy::retry, "the test device failed while it ran demo::failing; try again");
    const auto& size = launch.grid.size;
    if (size[0] == 0 || size[1] == 0 || size[2] == 0) return LaunchOutcome::completed;
    std::uint64_t number = 0;
    for (std::uint64_t begin = 0; begin < size[0]; begin += chunk) {
      if (launch.stop.stop_requested()) return LaunchOutcome::stopped;
      if (device_.options_.before_chunk) device_.options_.before_chunk(number++);
      const dotcompute_box box{{begin, 0, 0}, {std::min(begin + chunk, size[0]), size[1], size[2]}};
      entry_(launch.arguments, &launch.grid, &box);
    }
    return LaunchOutcome::completed;
  }

  void start(PendingLaunch& pending) const override {
    Job* const job = ::new (static_cast<void*>(pending.scratch)) Job{this, &pending, nullptr};
    const std::lock_guard lock(device_.mutex_);
    (device_.first_ == nullptr ? device_.first_ : device_.last_->next) = job;
    device_.last_ = job;
    device_.changed_.notify_all();
  }

  void help(PendingLaunch& pending, bool (*done)(const PendingLaunch&) noexcept) const override {
    while (!done(pending)) {
      std::unique_lock lock(device_.mutex_);
      Job* const job = device_.take_job();
      lock.unlock();
      if (job == nullptr) {
        std::this_thread::yield();
      } else {
        job->code->finish(*job->launch);
      }
    }
  }

  /// What the worker does while it waits for something.
  static bool run_some_of(void* device) noexcept {
    TestAccelerator& self = *static_cast<TestAccelerator*>(device);
    std::unique_lock lock(self.mutex_);
    Job* const job = self.take_job();
    lock.unlock();
    if (job != nullptr) job->code->finish(*job->launch);
    return job != nullptr;
  }

  void finish(PendingLaunch& pending) const {
    LaunchOutcome outcome = LaunchOutcome::completed;
    std::exception_ptr error;
    try {
      outcome = run(pending.launch);
    } catch (...) {
      error = std::current_exception();
    }
    pending.completed(outcome, std::move(error));
  }

 private:
  TestAccelerator& device_;
  dotcompute_entry entry_;
  bool fails_;
};

TestAccelerator::TestAccelerator(TestAcceleratorOptions options)
    : options_(std::move(options)),
      info_{.id = options_.id, .name = "a device of the tests", .backend = "test"},
      worker_([this] { work(); }) {}

TestAccelerator::~TestAccelerator() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

std::optional<std::string> TestAccelerator::refusal(const KernelDefinition& kernel) const {
  if (options_.refuses && kernel.name() == "demo::refused") return "it has no code for this device";
  return std::nullopt;
}

std::unique_ptr<HostKernel> TestAccelerator::load(const KernelDefinition& kernel) {
  return std::make_unique<Code>(*this, kernel);
}

void TestAccelerator::work() {
  dotcompute::detail::waiting_work() = {&Code::run_some_of, this};
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closing_ || first_ != nullptr; });
    Job* const job = take_job();
    if (job == nullptr) return;
    lock.unlock();
    job->code->finish(*job->launch);
    lock.lock();
  }
}

TestAccelerator::Job* TestAccelerator::take_job() noexcept {
  Job* const job = first_;
  if (job != nullptr) first_ = job->next;
  return job;
}

namespace {

class MissingProvider final : public AcceleratorProvider {
 public:
  std::string_view backend() const noexcept override { return "missing"; }
  FoundAccelerators find() override {
    FoundAccelerators found;
    found.absent.push_back({"missing", "libmissing.so was not found in /usr/lib"});
    return found;
  }
};

}  // namespace

RuntimeParts test_parts(TestAcceleratorOptions options) {
  RuntimeParts parts;
  parts.accelerators.push_back(std::make_unique<TestAccelerator>(std::move(options)));
  parts.accelerators.push_back(
      std::make_unique<TestAccelerator>(TestAcceleratorOptions{.id = "picky", .refuses = true}));
  parts.providers.push_back(std::make_unique<MissingProvider>());
  return parts;
}

}  // namespace dotcompute::test
