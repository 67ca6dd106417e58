#pragma once

/// A random program on buffers, and the same on plain vectors: what every device must agree with.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/base/task.hpp>
#include <dotcompute/memory/unified_buffer.hpp>
#include <dotcompute/runtime/launch_sequence.hpp>
#include <dotcompute/runtime/launcher.hpp>

#include "test_kernels.hpp"

namespace dotcompute::test {

/// DOTCOMPUTE_TEST_SEED, else another in each run.
[[nodiscard]] inline std::uint64_t seed_of_this_run() {
  if (const char* const text = std::getenv("DOTCOMPUTE_TEST_SEED")) return std::strtoull(text, nullptr, 10);
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

/// Values stay small integers, so that sums are exact in any order.
class RandomUses {
 public:
  RandomUses(const Launcher& runtime, std::vector<std::string> devices, std::uint64_t seed)
      : runtime_(runtime), devices_(std::move(devices)), random_(seed) {
    for (std::size_t i = 0; i < count; ++i) {
      expected_.emplace_back(size, static_cast<float>(i));
      buffers_.emplace_back(expected_.back());
    }
  }

  /// One operation on both sides.
  void step() {
    const std::size_t a = pick(count);
    const std::size_t b = pick(count);
    const Launcher launcher = pick(4) == 0 ? runtime_ : runtime_.on(devices_[pick(devices_.size())]);
    switch (pick(13)) {
      case 0: launcher.run(demo::saxpy, 1.0f, buffers_[a], buffers_[b]); return add(a, b);
      case 1: {
        // On a device with memory of its own it may be under way while its buffers are used: their order is kept.
        const std::string& device = devices_[pick(devices_.size())];
        pending_.push_back(runtime_.on(device).execute(demo::saxpy, 1.0f, buffers_[a], buffers_[b]));
        if (device == "cpu" || pending_.size() > 8) finish();
        return add(a, b);
      }
      case 2: launcher.prepare(demo::saxpy, 1.0f, buffers_[a], buffers_[b]).run(); return add(a, b);
      case 3: {
        std::vector<float> plain = expected_[a];
        launcher.run("demo::saxpy", arg("a", 1.0f), arg("x", plain), arg("y", buffers_[b]));
        return add(a, b);
      }
      case 4: {
        std::vector<float> plain(size, 2.0f);
        launcher.run(demo::saxpy, 1.0f, std::as_const(buffers_[a]), plain);
        for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(plain[i], expected_[a][i] + 2.0f);
        return;
      }
      case 5: {
        const std::size_t place = pick(size);
        buffers_[a].mutable_span()[place] = 3.0f;
        expected_[a][place] = 3.0f;
        return;
      }
      case 6: return check(a);
      case 7: return overwrite(a);
      case 8:
      case 9: return add_parts(launcher, a, b);
      case 10: return write_part(a);
      case 11: return replay();
      default: return replace(a);
    }
  }

  void check_all() {
    for (std::size_t i = 0; i < count; ++i) ASSERT_NO_FATAL_FAILURE(check(i));
  }

 private:
  static constexpr std::size_t count = 4;
  static constexpr std::size_t size = 257;

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  void add(std::size_t from, std::size_t to) {
    expect_sum(from, to);
    keep_small(to);
  }
  void expect_sum(std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < size; ++i) expected_[to][i] = expected_[from][i] + expected_[to][i];
  }
  /// Before the values leave what a float holds exactly.
  void keep_small(std::size_t which) {
    for (const float value : expected_[which]) {
      if (value > 1e5f) return overwrite(which);
    }
  }

  /// A sequence of launches on the host, or of some there and some on devices.
  void replay() {
    const bool stays_on_host = pick(2) == 0;
    std::vector<std::pair<std::size_t, std::size_t>> sums;
    LaunchSequence sequence;
    for (std::size_t left = 1 + pick(6); left > 0; --left) {
      const auto& [a, b] = sums.emplace_back(pick(count), pick(count));
      const Launcher launcher = runtime_.on(stays_on_host ? "cpu" : devices_[pick(devices_.size())]);
      sequence.record(launcher.prepare(demo::saxpy, 1.0f, buffers_[a], buffers_[b]));
    }
    sequence.replay();
    for (const auto& [a, b] : sums) expect_sum(a, b);
    for (std::size_t i = 0; i < count; ++i) keep_small(i);
  }

  /// A part of one buffer is added to a part of another, or of the same.
  void add_parts(const Launcher& launcher, std::size_t a, std::size_t b) {
    const std::size_t length = 1 + pick(size / 2);
    const std::size_t from = pick(size / 2 - length + 1);
    const std::size_t to = size / 2 + pick(size / 2 - length + 1);
    launcher.run(demo::saxpy, 1.0f, std::as_const(buffers_[a]).slice(from, length), buffers_[b].slice(to, length));
    for (std::size_t i = 0; i < length; ++i) expected_[b][to + i] = expected_[a][from + i] + expected_[b][to + i];
    keep_small(b);
  }

  void write_part(std::size_t which) {
    const std::size_t first = pick(size);
    const std::vector<float> news(1 + pick(size - first), static_cast<float>(pick(5)));
    buffers_[which].write(first, news);
    std::copy(news.begin(), news.end(), expected_[which].begin() + static_cast<std::ptrdiff_t>(first));
  }

  void finish() {
    for (auto& task : pending_) task.get();
    pending_.clear();
  }

  void overwrite(std::size_t which) {
    const auto value = static_cast<float>(pick(5));
    expected_[which].assign(size, value);
    if (pick(2) == 0) {
      buffers_[which].fill(value);
    } else {
      buffers_[which].copy_from(expected_[which]);
    }
  }

  /// A buffer that goes while a device has its content, and a new one that the host has written or nobody has.
  void replace(std::size_t which) {
    UnifiedBuffer<float> fresh(size, uninitialized);
    if (pick(2) == 0) {
      fresh.copy_from(expected_[which]);
    } else {
      const std::vector<float> zeros(size);
      runtime_.on(devices_[pick(devices_.size())]).run(demo::vector_add, buffers_[which], zeros, fresh);
    }
    buffers_[which] = std::move(fresh);
  }

  void check(std::size_t which) {
    const std::span<const float> got = std::as_const(buffers_[which]).span();
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(got[i], expected_[which][i]) << "element " << i;
  }

  Launcher runtime_;
  std::vector<std::string> devices_;
  std::mt19937_64 random_;
  std::vector<std::vector<float>> expected_;
  std::vector<UnifiedBuffer<float>> buffers_;
  std::vector<Task<LaunchReport>> pending_;
};

}  // namespace dotcompute::test
