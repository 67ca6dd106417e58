// Random uses of parts of buffers on the host and on three devices, against plain vectors.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/memory/unified_buffer.hpp>

#include "test_device.hpp"

namespace {

using dotcompute::UnifiedBuffer;
using dotcompute::detail::BufferStorage;
using dotcompute::detail::ByteRange;
using dotcompute::detail::DeviceSession;
using dotcompute::detail::Eviction;
using dotcompute::detail::SharedStream;
using dotcompute::detail::StreamMark;
using dotcompute::detail::Use;
using dotcompute::test::TestDevice;
using dotcompute::test::TestDeviceOptions;
using dotcompute::test::TestDeviceState;

/// DOTCOMPUTE_TEST_SEED, else another in each run.
std::uint64_t seed_of_this_run() {
  if (const char* const text = std::getenv("DOTCOMPUTE_TEST_SEED")) return std::strtoull(text, nullptr, 10);
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

class RandomParts {
 public:
  RandomParts(std::uint64_t seed, int peers) : random_(seed) {
    state_->delays = true;
    for (std::size_t i = 0; i < device_count; ++i) {
      const TestDeviceOptions options{.id = "test:" + std::to_string(i), .peers = i == 2 ? 0 : peers};
      devices_.push_back(std::make_unique<TestDevice>(options, state_));
      sessions_.push_back(std::make_unique<DeviceSession>(*devices_.back()));
    }
    for (std::size_t i = 0; i < buffer_count; ++i) {
      expected_.emplace_back(size, static_cast<int>(i));
      buffers_.emplace_back(expected_.back());
    }
  }

  void step() {
    const std::size_t which = pick(buffer_count);
    UnifiedBuffer<int>& buffer = buffers_[which];
    const std::size_t first = pick(size);
    const std::size_t count = pick(4) == 0 ? size - first : 1 + pick(size - first);
    DeviceSession& session = *sessions_[pick(device_count)];
    switch (pick(10)) {
      case 0:
      case 1:
      case 2: return on_some_thread([&] { read_on(session, which, first, count); });
      case 3:
      case 4:
      case 5: return on_some_thread([&] { write_on(session, which, first, count); });
      case 6: {
        std::vector<int> got(count);
        buffer.read(first, got);
        for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(got[i], expected_[which][first + i]) << "element " << i;
        return;
      }
      case 7: {
        const std::vector<int> news = new_values(count);
        buffer.write(first, news);
        std::copy(news.begin(), news.end(), expected_[which].begin() + static_cast<std::ptrdiff_t>(first));
        return;
      }
      case 8: {
        const Eviction eviction = pick(2) == 0 ? Eviction::clean : Eviction::any_kind;
        buffer.storage()->evict(session, eviction);
        return;
      }
      default:
        if (pick(10) == 0) restart(pick(device_count));
    }
  }

  void check_all() {
    finish();
    for (std::size_t i = 0; i < buffer_count; ++i) {
      std::vector<int> got(size);
      buffers_[i].copy_to(got);
      ASSERT_EQ(got, expected_[i]) << "buffer " << i;
    }
  }

 private:
  static constexpr std::size_t device_count = 3;
  static constexpr std::size_t buffer_count = 3;
  static constexpr std::size_t size = 40;

  /// What is under way, with the memory that it uses.
  struct Pending {
    StreamMark mark;
    std::vector<int> values;
    std::vector<int> expected;  ///< Of a read.
  };

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::vector<int> new_values(std::size_t count) {
    std::vector<int> values(count);
    for (int& value : values) value = ++last_value_;
    return values;
  }

  /// Another thread has another stream.
  template <class Action>
  void on_some_thread(Action&& action) {
    if (pick(2) == 0) return action();
    std::jthread(std::forward<Action>(action)).join();
  }

  /// As a launch does, but that what it enqueues is a transfer.
  template <class Enqueue>
  void use(DeviceSession& session, std::size_t which, Use how, const ByteRange& range, Enqueue&& enqueue) {
    BufferStorage& storage = *buffers_[which].storage();
    SharedStream& stream = session.stream();
    const std::lock_guard storage_lock(storage.mutex());
    storage.prepare_replica(session, how, range);
    const std::lock_guard lock(stream.mutex());
    storage.place(stream, session, how, range);
    const StreamMark mark{&stream, enqueue(stream.stream(), storage.replica(session)->memory())};
    storage.note_use(session, mark, how, range);
    pending_.back().mark = mark;
  }

  void read_on(DeviceSession& session, std::size_t which, std::size_t first, std::size_t count) {
    const auto begin = expected_[which].begin() + static_cast<std::ptrdiff_t>(first);
    Pending& now = pending_.emplace_back();
    now.values.resize(count);
    now.expected.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    const ByteRange range{first * sizeof(int), (first + count) * sizeof(int)};
    use(session, which, Use::read, range, [&](dotcompute::Stream& stream, dotcompute::DeviceMemory& memory) {
      return stream.read(std::as_writable_bytes(std::span(now.values)), memory, range.begin);
    });
    if (pending_.size() > 20) finish();
  }

  /// Writes a part of what it says it may write.
  void write_on(DeviceSession& session, std::size_t which, std::size_t first, std::size_t count) {
    const std::size_t written = 1 + pick(count);
    Pending& now = pending_.emplace_back();
    now.values = new_values(written);
    const ByteRange range{first * sizeof(int), (first + count) * sizeof(int)};
    use(session, which, Use::update, range, [&](dotcompute::Stream& stream, dotcompute::DeviceMemory& memory) {
      return stream.write(memory, range.begin, std::as_bytes(std::span(now.values)));
    });
    std::copy(now.values.begin(), now.values.end(), expected_[which].begin() + static_cast<std::ptrdiff_t>(first));
    if (pending_.size() > 20) finish();
  }

  void finish() {
    for (const Pending& each : pending_) {
      each.mark.wait();
      if (each.expected.empty()) continue;
      ASSERT_EQ(each.values, each.expected) << "read on a device";
    }
    pending_.clear();
  }

  void restart(std::size_t device) {
    finish();
    sessions_[device].reset();
    sessions_[device] = std::make_unique<DeviceSession>(*devices_[device]);
  }

  std::mt19937_64 random_;
  int last_value_ = 1000;
  std::shared_ptr<TestDeviceState> state_ = std::make_shared<TestDeviceState>();
  std::list<Pending> pending_;  // Before the sessions, whose streams use it.
  std::vector<std::unique_ptr<TestDevice>> devices_;
  std::vector<std::vector<int>> expected_;
  std::vector<std::unique_ptr<DeviceSession>> sessions_;
  std::vector<UnifiedBuffer<int>> buffers_;
};

void expect_agreement(int peers) {
  const std::uint64_t seed = seed_of_this_run();
  for (std::uint64_t round = 0; round < 6; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << seed + round << ", to be set as DOTCOMPUTE_TEST_SEED");
    RandomParts parts(seed + round, peers);
    for (int i = 0; i < 400; ++i) {
      ASSERT_NO_FATAL_FAILURE(parts.step()) << "at step " << i;
    }
    ASSERT_NO_FATAL_FAILURE(parts.check_all());
  }
}

TEST(RandomStorage, parts_agree_with_plain_vectors) { expect_agreement(0); }

/// Two that reach each other, and a third that neither does.
TEST(RandomStorage, parts_agree_with_plain_vectors_where_devices_copy_from_each_other) { expect_agreement(1); }

}  // namespace
