#include "test_device.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::test {

namespace {

using State = std::shared_ptr<TestDeviceState>;
using Kind = TestOperation::Kind;

/// Which device of the process something belongs to, and which others may use it.
struct Place {
  std::size_t device = 0;
  int peers = 0;

  [[nodiscard]] bool reaches(const Place& other) const noexcept {
    return device == other.device || (peers != 0 && peers == other.peers);
  }
};

std::uint64_t next_event() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::size_t next_number() {
  static std::atomic<std::size_t> last{0};
  return ++last;
}

class Memory final : public DeviceMemory {
 public:
  Memory(State state, Place place, std::uint64_t size_bytes)
      : state_(std::move(state)), place_(place), size_bytes_(size_bytes), owned_(new std::byte[size_bytes]) {
    bytes_ = owned_.get();
    counted_bytes_ = size_bytes;
    // No kernel can take this for data that was copied.
    std::memset(bytes_, 0xCD, size_bytes);
    state_->used_bytes += size_bytes;
    ++state_->allocations;
  }
  /// Of memory that others made.
  Memory(State state, Place place, std::byte* bytes, std::uint64_t size_bytes, Ownership ownership)
      : state_(std::move(state)), place_(place), size_bytes_(size_bytes), bytes_(bytes) {
    if (ownership == Ownership::taken) owned_.reset(bytes);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() override { state_->used_bytes -= counted_bytes_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  [[nodiscard]] std::uintptr_t native_handle() const noexcept override {
    return reinterpret_cast<std::uintptr_t>(bytes_);
  }
  [[nodiscard]] const Place& place() const noexcept { return place_; }

  /// The bytes from an offset on. Whoever asks for what lies beyond the end has a bug, which a test shall show.
  [[nodiscard]] std::byte* at(std::uint64_t offset_bytes, std::uint64_t size_bytes) const {
    if (offset_bytes > size_bytes_ || size_bytes > size_bytes_ - offset_bytes) {
      throw std::logic_error(
          fmt::format("{} bytes at {} of {} bytes of a test device's", size_bytes, offset_bytes, size_bytes_));
    }
    return bytes_ + offset_bytes;
  }

 private:
  State state_;
  Place place_;
  std::uint64_t size_bytes_;
  std::uint64_t counted_bytes_ = 0;
  std::unique_ptr<std::byte[]> owned_;
  std::byte* bytes_ = nullptr;
};

class Pinned final : public PinnedMemory {
 public:
  Pinned(State state, std::uint64_t size_bytes)
      : state_(std::move(state)), size_bytes_(size_bytes), data_(std::make_unique<std::byte[]>(size_bytes)) {
    state_->pinned_bytes += size_bytes;
    const std::lock_guard lock(state_->mutex);
    state_->pinned.emplace_back(data_.get(), size_bytes_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() override {
    state_->pinned_bytes -= size_bytes_;
    const std::lock_guard lock(state_->mutex);
    std::erase_if(state_->pinned, [this](const auto& each) { return each.first == data_.get(); });
  }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override { return {data_.get(), size_bytes_}; }

 private:
  State state_;
  std::uint64_t size_bytes_;
  std::unique_ptr<std::byte[]> data_;
};

class Kernel final : public DeviceKernel {
 public:
  explicit Kernel(const KernelDefinition& kernel) : record(&kernel.record()) {}
  const dotcompute_kernel* record;
};

/// How far a stream is. Whoever waits for a stream shares this, as the stream may end once its point is reached.
struct Progress {
  [[nodiscard]] bool is_reached(StreamPoint point) const noexcept {
    const std::lock_guard lock(mutex);
    return done >= point || failed_at != 0;
  }
  [[nodiscard]] bool has_failed_before(StreamPoint point) const noexcept {
    const std::lock_guard lock(mutex);
    return failed_at != 0 && point >= failed_at;
  }

  mutable std::mutex mutex;  ///< Guards what the stream has of its own, too.
  mutable std::condition_variable changed;
  std::uint64_t done = 0;
  std::uint64_t failed_at = 0;
};

/// All that an operation needs when it runs.
struct Operation {
  Kind kind = Kind::wait;
  std::byte* host = nullptr;
  const Memory* memory = nullptr;  ///< What is read or written; of a copy, what is written.
  std::byte* device = nullptr;
  std::uint64_t offset_bytes = 0;
  const Memory* source = nullptr;  ///< Of a copy.
  std::byte* source_bytes = nullptr;
  std::uint64_t size_bytes = 0;
  const dotcompute_kernel* kernel = nullptr;
  dotcompute_grid grid{};
  alignas(64) std::array<std::byte, 256> arguments{};
  std::shared_ptr<const Progress> other;
  StreamPoint other_point = 0;
  std::size_t logged = no_log;  ///< Its place in the log.

  static constexpr std::size_t no_log = ~std::size_t{0};
};

class TestStream final : public Stream {
 public:
  TestStream(State state, Place place, std::string device)
      : state_(std::move(state)), place_(place), device_(std::move(device)), number_(next_number()), thread_([this] {
          work();
        }) {
    ++state_->streams;
  }
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;
  ~TestStream() override {
    {
      const std::lock_guard lock(progress_->mutex);
      closing_ = true;
    }
    progress_->changed.notify_all();
    thread_.join();
  }

  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override {
    Operation operation;
    operation.kind = Kind::write;
    operation.host = const_cast<std::byte*>(from.data());
    take_memory(operation, own(to), offset_bytes, from.size());
    state_->written_bytes += from.size();
    return enqueue(operation);
  }
  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override {
    Operation operation;
    operation.kind = Kind::read;
    operation.host = to.data();
    take_memory(operation, own(from), offset_bytes, to.size());
    state_->read_bytes += to.size();
    return enqueue(operation);
  }
  StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                   std::uint64_t from_offset_bytes, std::uint64_t size_bytes) override {
    const auto& target = static_cast<const Memory&>(to);
    const auto& source = static_cast<const Memory&>(from);
    const bool has_own = target.place().device == place_.device || source.place().device == place_.device;
    if (!has_own || !place_.reaches(target.place()) || !place_.reaches(source.place())) {
      throw std::logic_error(fmt::format("{} copies memory that it cannot reach", device_));
    }
    if (&target == &source && to_offset_bytes < from_offset_bytes + size_bytes &&
        from_offset_bytes < to_offset_bytes + size_bytes) {
      throw std::logic_error(fmt::format("{} copies {} bytes onto themselves", device_, size_bytes));
    }
    Operation operation;
    operation.kind = Kind::copy;
    take_memory(operation, target, to_offset_bytes, size_bytes);
    operation.source = &source;
    operation.source_bytes = source.at(from_offset_bytes, size_bytes);
    state_->copied_bytes += size_bytes;
    return enqueue(operation);
  }
  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override {
    Operation operation;
    operation.kind = Kind::launch;
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
      if (given.count != 0) span.data = own(*given.memory).at(given.offset_bytes, 0);
      std::memcpy(operation.arguments.data() + parameter.offset, &span, sizeof span);
    }
    ++state_->launches;
    return enqueue(operation);
  }
  StreamPoint wait_for(const Stream& other, StreamPoint point) override {
    Operation operation;
    const auto& awaited = static_cast<const TestStream&>(other);
    operation.other = awaited.progress_;
    operation.other_point = point;
    if (!place_.reaches(awaited.place_)) {
      throw std::logic_error(fmt::format("{} waits for a stream of {}, which is no peer", device_, awaited.device_));
    }
    return enqueue(operation);
  }
  [[nodiscard]] bool is_reached(StreamPoint point) const noexcept override { return progress_->is_reached(point); }
  void wait(StreamPoint point) const override {
    std::unique_lock lock(progress_->mutex);
    progress_->changed.wait(lock, [&] { return progress_->done >= point; });
    if (progress_->failed_at != 0 && point >= progress_->failed_at) {
      throw DeviceError(Remedy::retry, fmt::format("operation {} of the test device failed", progress_->failed_at));
    }
  }

 private:
  static constexpr std::size_t capacity = 256;

  /// Memory that reads, writes and launches may use: this device's.
  [[nodiscard]] const Memory& own(const DeviceMemory& memory) const {
    const auto& given = static_cast<const Memory&>(memory);
    if (given.place().device != place_.device) {
      throw std::logic_error(fmt::format("{} was given memory of another device", device_));
    }
    return given;
  }

  static void take_memory(Operation& operation, const Memory& memory, std::uint64_t offset_bytes,
                          std::uint64_t size_bytes) {
    operation.memory = &memory;
    operation.device = memory.at(offset_bytes, size_bytes);
    operation.offset_bytes = offset_bytes;
    operation.size_bytes = size_bytes;
  }

  StreamPoint enqueue(Operation& operation) {
    if (state_->is_lost) throw DeviceError(Remedy::fall_back, "the test device is lost");
    std::unique_lock lock(progress_->mutex);
    progress_->changed.wait(lock, [&] { return added_ - progress_->done < capacity; });
    if (state_->keeps_log) operation.logged = log(operation);
    ring_[added_++ % capacity] = operation;
    progress_->changed.notify_all();
    return added_;
  }

  /// Notes what is enqueued; the place in the log.
  [[nodiscard]] std::size_t log(const Operation& operation) const {
    TestOperation entry;
    entry.kind = operation.kind;
    entry.device = device_;
    entry.stream = number_;
    entry.size_bytes = operation.size_bytes;
    entry.offset_bytes = operation.offset_bytes;
    entry.host = operation.host;
    const std::uintptr_t memory = operation.memory == nullptr ? 0 : operation.memory->native_handle();
    if (operation.kind == Kind::read) entry.from = memory;
    if (operation.kind == Kind::write || operation.kind == Kind::copy) entry.to = memory;
    if (operation.source != nullptr) entry.from = operation.source->native_handle();
    if (operation.kernel != nullptr) entry.kernel = operation.kernel->name;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [bytes, size_bytes] : state_->pinned) {
      if (entry.host >= bytes && entry.host < bytes + size_bytes) entry.is_pinned = true;
    }
    entry.enqueued = next_event();
    state_->operations.push_back(std::move(entry));
    return state_->operations.size() - 1;
  }

  void note_begin(const Operation& operation) const {
    if (operation.logged == Operation::no_log) return;
    TestOperation entry;
    {
      const std::lock_guard lock(state_->mutex);
      state_->operations[operation.logged].begin = next_event();
      if (!state_->at_begin) return;
      entry = state_->operations[operation.logged];
    }
    state_->at_begin(entry);
  }

  void note_end(const Operation& operation) const {
    if (operation.logged == Operation::no_log) return;
    const std::lock_guard lock(state_->mutex);
    state_->operations[operation.logged].end = next_event();
  }

  void work() {
    std::minstd_rand random(static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(this) >> 4));
    std::unique_lock lock(progress_->mutex);
    for (;;) {
      progress_->changed.wait(lock, [&] { return closing_ || progress_->done != added_; });
      if (progress_->done == added_) return;
      const Operation operation = ring_[progress_->done % capacity];
      const bool fails_already = progress_->failed_at != 0;
      lock.unlock();
      while (state_->is_paused && !state_->is_lost) std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (state_->delays && random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
      note_begin(operation);
      bool fails = fails_already || next_fails() || state_->is_lost;
      if (!fails) fails = !run(operation);
      note_end(operation);
      lock.lock();
      ++progress_->done;
      if (fails && progress_->failed_at == 0) progress_->failed_at = progress_->done;
      progress_->changed.notify_all();
    }
  }

  bool next_fails() const {
    int left = state_->operations_until_failure;
    while (left > 0 && !state_->operations_until_failure.compare_exchange_weak(left, left - 1)) {
    }
    return left == 1;
  }

  /// False where it waited for what failed.
  bool run(const Operation& operation) const {
    if (operation.kind == Kind::wait) {
      while (!operation.other->is_reached(operation.other_point)) std::this_thread::yield();
      return !operation.other->has_failed_before(operation.other_point);
    }
    if (operation.kind == Kind::launch) {
      const dotcompute_box box{{0, 0, 0}, {operation.grid.size[0], operation.grid.size[1], operation.grid.size[2]}};
      operation.kernel->reference(operation.arguments.data(), &operation.grid, &box);
      return true;
    }
    if (operation.size_bytes == 0) return true;
    const std::uint64_t ns = state_->transfer_ns_per_kib * operation.size_bytes / 1024;
    if (ns != 0) std::this_thread::sleep_for(std::chrono::nanoseconds(ns));
    if (operation.kind == Kind::write) std::memcpy(operation.device, operation.host, operation.size_bytes);
    if (operation.kind == Kind::read) std::memcpy(operation.host, operation.device, operation.size_bytes);
    if (operation.kind == Kind::copy) std::memcpy(operation.device, operation.source_bytes, operation.size_bytes);
    return true;
  }

  State state_;
  Place place_;
  std::string device_;
  std::size_t number_;
  std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  std::array<Operation, capacity> ring_;
  std::uint64_t added_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace

std::vector<TestOperation> TestDeviceState::log() const {
  const std::lock_guard lock(mutex);
  return operations;
}

TestDevice::TestDevice(const TestDeviceOptions& options, std::shared_ptr<TestDeviceState> state)
    : peers_(options.peers),
      has_pinned_(options.has_pinned),
      number_(next_number()),
      state_(options.state == nullptr ? std::move(state) : options.state) {
  info_.id = options.id;
  info_.name = "a device of the tests";
  info_.backend = options.backend;
  info_.driver = options.driver;
  info_.runs_on_host_cores = options.runs_on_host_cores;
  info_.limits.memory_bytes = state_->memory_bytes;
  info_.speed = options.speed;
  info_.stages_pageable = options.stages_pageable;
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
  return std::make_unique<Memory>(state_, Place{number_, peers_}, size_bytes);
}

std::unique_ptr<Stream> TestDevice::create_stream() {
  return std::make_unique<TestStream>(state_, Place{number_, peers_}, info_.id);
}

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

std::unique_ptr<PinnedMemory> TestDevice::allocate_pinned(std::uint64_t size_bytes) {
  if (!has_pinned_) return nullptr;
  if (state_->is_lost) throw DeviceError(Remedy::fall_back, "the test device is lost");
  const std::uint64_t used = state_->pinned_bytes;
  if (used + size_bytes > state_->pinned_limit_bytes) {
    throw OutOfMemoryError(Remedy::fall_back, fmt::format("{} has no {} bytes of pinned memory", info_.id, size_bytes));
  }
  return std::make_unique<Pinned>(state_, size_bytes);
}

bool TestDevice::can_access_peer(const DeviceAccelerator& other) const noexcept {
  const auto* const peer = dynamic_cast<const TestDevice*>(&other);
  return peer != nullptr && peer != this && peers_ != 0 && peer->peers_ == peers_;
}

std::unique_ptr<DeviceMemory> TestDevice::adopt(std::uintptr_t native_handle, std::uint64_t size_bytes,
                                                Ownership ownership) {
  if (native_handle == 0) throw DeviceError(Remedy::fix_input, fmt::format("{}: 0 is no memory's address", info_.id));
  return std::make_unique<Memory>(state_, Place{number_, peers_}, reinterpret_cast<std::byte*>(native_handle),
                                  size_bytes, ownership);
}

std::uintptr_t TestDevice::native_context() { return reinterpret_cast<std::uintptr_t>(state_.get()); }

FoundAccelerators TestDeviceProvider::find() {
  FoundAccelerators found;
  for (const TestDeviceOptions& device : devices_) {
    found.accelerators.push_back(std::make_unique<TestDevice>(device, state_));
  }
  if (devices_.empty()) found.absent.push_back({"test", "no test device was made"});
  return found;
}

}  // namespace dotcompute::test
