#include "test_device.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::test {

namespace {

using State = std::shared_ptr<TestDeviceState>;

class Memory final : public DeviceMemory {
 public:
  Memory(State state, std::uint64_t size_bytes)
      : state_(std::move(state)), size_bytes_(size_bytes), bytes_(std::make_unique<std::byte[]>(size_bytes)) {
    // No kernel can take this for data that was copied.
    std::memset(bytes_.get(), 0xCD, size_bytes);
    state_->used_bytes += size_bytes;
    ++state_->allocations;
  }
  ~Memory() override { state_->used_bytes -= size_bytes_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  [[nodiscard]] std::byte* bytes() const noexcept { return bytes_.get(); }

 private:
  State state_;
  std::uint64_t size_bytes_;
  std::unique_ptr<std::byte[]> bytes_;
};

class Kernel final : public DeviceKernel {
 public:
  explicit Kernel(const KernelDefinition& kernel) : record(&kernel.record()) {}
  const dotcompute_kernel* record;
};

class TestStream;

/// All that an operation needs when it runs.
struct Operation {
  enum class Kind { write, read, launch, wait };
  Kind kind = Kind::wait;
  std::byte* host = nullptr;
  std::byte* device = nullptr;
  std::uint64_t size_bytes = 0;
  const dotcompute_kernel* kernel = nullptr;
  dotcompute_grid grid{};
  alignas(64) std::array<std::byte, 256> arguments{};
  const TestStream* other = nullptr;
  StreamPoint other_point = 0;
};

class TestStream final : public Stream {
 public:
  explicit TestStream(State state) : state_(std::move(state)), thread_([this] { work(); }) { ++state_->streams; }
  ~TestStream() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override {
    Operation operation;
    operation.kind = Operation::Kind::write;
    operation.host = const_cast<std::byte*>(from.data());
    operation.device = static_cast<Memory&>(to).bytes() + offset_bytes;
    operation.size_bytes = from.size();
    state_->written_bytes += from.size();
    return enqueue(operation);
  }
  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override {
    Operation operation;
    operation.kind = Operation::Kind::read;
    operation.host = to.data();
    operation.device = static_cast<const Memory&>(from).bytes() + offset_bytes;
    operation.size_bytes = to.size();
    state_->read_bytes += to.size();
    return enqueue(operation);
  }
  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override {
    Operation operation;
    operation.kind = Operation::Kind::launch;
    operation.kernel = static_cast<const Kernel&>(kernel).record;
    operation.grid = launch.grid;
    if (state_->rejects_launches) {
      throw ExecutionError(Remedy::fix_input,
                           fmt::format("kernel {}: the test device takes no launches", operation.kernel->name));
    }
    state_->last_group = launch.group.size[0];
    std::memcpy(operation.arguments.data(), launch.arguments, operation.kernel->block_size);
    std::size_t number = 0;
    for (const auto& parameter : KernelDefinition(*operation.kernel).parameters()) {
      if (parameter.kind != DOTCOMPUTE_PARAMETER_SPAN) continue;
      const DeviceSpan& given = launch.spans[number++];
      dotcompute_span span{nullptr, given.count};
      if (given.count != 0) span.data = static_cast<const Memory&>(*given.memory).bytes() + given.offset_bytes;
      std::memcpy(operation.arguments.data() + parameter.offset, &span, sizeof span);
    }
    ++state_->launches;
    return enqueue(operation);
  }
  StreamPoint wait_for(const Stream& other, StreamPoint point) override {
    Operation operation;
    operation.other = &static_cast<const TestStream&>(other);
    operation.other_point = point;
    return enqueue(operation);
  }
  [[nodiscard]] bool is_reached(StreamPoint point) const noexcept override {
    const std::lock_guard lock(mutex_);
    return done_ >= point || failed_at_ != 0;
  }
  void wait(StreamPoint point) const override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_ >= point; });
    if (failed_at_ != 0 && point >= failed_at_) {
      throw DeviceError(Remedy::retry, fmt::format("operation {} of the test device failed", failed_at_));
    }
  }

 private:
  static constexpr std::size_t capacity = 256;

  StreamPoint enqueue(const Operation& operation) {
    if (state_->is_lost) throw DeviceError(Remedy::fall_back, "the test device is lost");
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return added_ - done_ < capacity; });
    ring_[added_++ % capacity] = operation;
    changed_.notify_all();
    return added_;
  }

  void work() {
    std::minstd_rand random(static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(this) >> 4));
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return closing_ || done_ != added_; });
      if (done_ == added_) return;
      const Operation operation = ring_[done_ % capacity];
      const bool fails_already = failed_at_ != 0;
      lock.unlock();
      while (state_->is_paused && !state_->is_lost) std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (state_->delays && random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
      const bool fails = fails_already || next_fails() || state_->is_lost;
      if (!fails) run(operation);
      lock.lock();
      ++done_;
      if (fails && failed_at_ == 0) failed_at_ = done_;
      changed_.notify_all();
    }
  }

  bool next_fails() const {
    int left = state_->operations_until_failure;
    while (left > 0 && !state_->operations_until_failure.compare_exchange_weak(left, left - 1)) {
    }
    return left == 1;
  }

  static void run(const Operation& operation) {
    if (operation.size_bytes == 0 && operation.kind != Operation::Kind::launch &&
        operation.kind != Operation::Kind::wait)
      return;
    switch (operation.kind) {
      case Operation::Kind::write: std::memcpy(operation.device, operation.host, operation.size_bytes); break;
      case Operation::Kind::read: std::memcpy(operation.host, operation.device, operation.size_bytes); break;
      case Operation::Kind::wait:
        while (!operation.other->is_reached(operation.other_point)) std::this_thread::yield();
        break;
      case Operation::Kind::launch:
        const dotcompute_box box{{0, 0, 0}, {operation.grid.size[0], operation.grid.size[1], operation.grid.size[2]}};
        operation.kernel->reference(operation.arguments.data(), &operation.grid, &box);
        break;
    }
  }

  State state_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::array<Operation, capacity> ring_;
  std::uint64_t added_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t failed_at_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace

TestDevice::TestDevice(const TestDeviceOptions& options, std::shared_ptr<TestDeviceState> state)
    : state_(std::move(state)) {
  info_.id = options.id;
  info_.name = "a device of the tests";
  info_.backend = "test";
  info_.driver = options.driver;
  info_.runs_on_host_cores = options.runs_on_host_cores;
  info_.limits.memory_bytes = state_->memory_bytes;
  info_.speed = options.speed;
}

std::optional<std::string> TestDevice::refusal(const KernelDefinition& kernel) const {
  if (kernel.name() == "demo::refused") return "it has no code for this device";
  return std::nullopt;
}

std::unique_ptr<DeviceMemory> TestDevice::allocate(std::uint64_t size_bytes) {
  if (state_->is_lost) throw DeviceError(Remedy::fall_back, "the test device is lost");
  const std::uint64_t used = state_->used_bytes;
  if (used + size_bytes > state_->memory_bytes) {
    throw OutOfMemoryError(Remedy::fall_back,
                           fmt::format("{} has {} of {} bytes free and {} were asked for", info_.id,
                                       state_->memory_bytes - used, state_->memory_bytes.load(), size_bytes));
  }
  return std::make_unique<Memory>(state_, size_bytes);
}

std::unique_ptr<Stream> TestDevice::create_stream() { return std::make_unique<TestStream>(state_); }

std::vector<std::byte> TestDevice::build(const KernelDefinition& kernel) {
  if (state_->rejects_builds) {
    throw CompilationError(Remedy::report_bug,
                           fmt::format("{} cannot build {}: line 1: a test of failures", info_.id, kernel.name()));
  }
  ++state_->builds;
  const std::string_view name = kernel.mangled_name();
  const auto* const bytes = reinterpret_cast<const std::byte*>(name.data());
  return {bytes, bytes + name.size()};
}

std::unique_ptr<DeviceKernel> TestDevice::load(const KernelDefinition& kernel, std::span<const std::byte> image) {
  const std::string_view name = kernel.mangled_name();
  if (image.size() != name.size() || std::memcmp(image.data(), name.data(), name.size()) != 0) {
    throw DeviceError(Remedy::report_bug, "this is no image of the kernel");
  }
  ++state_->loads;
  return std::make_unique<Kernel>(kernel);
}

std::optional<std::string> TestDevice::loss() const {
  if (state_->is_lost) return "a test took it away";
  return std::nullopt;
}

FoundAccelerators TestDeviceProvider::find() {
  FoundAccelerators found;
  for (const TestDeviceOptions& device : devices_) {
    found.accelerators.push_back(std::make_unique<TestDevice>(device, state_));
  }
  if (devices_.empty()) found.absent.push_back({"test", "no test device was made"});
  return found;
}

}  // namespace dotcompute::test
