// What is measured between devices. Times decide nothing but that a transfer that sleeps is slow.
#include <dotcompute/memory/bandwidth.hpp>

#include <cmath>

#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>

#include "test_device.hpp"

namespace dotcompute::detail {
namespace {

using test::TestDevice;
using test::TestDeviceState;

class BandwidthTest : public testing::Test {
 protected:
  static std::shared_ptr<TestDeviceState> small(std::uint64_t transfer_ns_per_kib) {
    auto state = std::make_shared<TestDeviceState>();
    state->memory_bytes = 16 << 20;
    state->transfer_ns_per_kib = transfer_ns_per_kib;
    return state;
  }

  std::shared_ptr<TestDeviceState> state = small(0);
  std::shared_ptr<TestDeviceState> slow_state = small(10'240);  // At most a tenth of a byte in a nanosecond.
  TestDevice device{{.id = "test:0", .peers = 1}, state};
  TestDevice peer{{.id = "test:1", .peers = 1}, state};
  TestDevice slow{{.id = "test:2", .has_pinned = true, .stages_pageable = true}, slow_state};
  DeviceSession on_device{device};
  DeviceSession on_peer{peer};
  DeviceSession on_slow{slow};
};

TEST_F(BandwidthTest, IsMeasuredBetweenEveryPair) {
  Bandwidths bandwidths;
  DeviceSession* const places[] = {nullptr, &on_device, &on_peer, &on_slow};
  for (DeviceSession* from : places) {
    for (DeviceSession* to : places) {
      EXPECT_EQ(bandwidths.find(from, to), 0);
      const double measured = bandwidths.get(from, to);
      EXPECT_GT(measured, 0);
      EXPECT_EQ(bandwidths.find(from, to), measured);
      EXPECT_EQ(std::isinf(measured), from == nullptr && to == nullptr);
      const bool is_slow = from == &on_slow || to == &on_slow;
      EXPECT_TRUE(!is_slow || measured <= 0.1) << measured << ", and it sleeps 10.24 us for each KiB";
    }
  }
  EXPECT_EQ(on_device.memory().statistics().live_bytes, 0u);
  EXPECT_EQ(on_slow.memory().statistics().live_bytes, 0u);
}

TEST_F(BandwidthTest, IsMeasuredOnce) {
  Bandwidths bandwidths;
  const double first = bandwidths.get(nullptr, &on_device);
  const std::uint64_t written = state->written_bytes;
  EXPECT_GT(written, 0u);
  EXPECT_EQ(bandwidths.get(nullptr, &on_device), first);
  EXPECT_EQ(state->written_bytes, written);
  EXPECT_GT(bandwidths.get(&on_device, &on_peer), 0);
  EXPECT_GT(state->copied_bytes, 0u) << "peers copy directly";
}

TEST_F(BandwidthTest, OfADeviceThatIsLostIsAnError) {
  Bandwidths bandwidths;
  state->is_lost = true;
  EXPECT_THROW(static_cast<void>(bandwidths.get(nullptr, &on_device)), DeviceError);
  EXPECT_EQ(bandwidths.find(nullptr, &on_device), 0);
}

}  // namespace
}  // namespace dotcompute::detail
