// The rule that chooses a device, with devices that exist on paper.

#include "select.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace {

using dotcompute::detail::Candidate;
using dotcompute::detail::choose;
using dotcompute::detail::DeviceSession;
using dotcompute::detail::estimate_ns;
using dotcompute::detail::operations_of;
using dotcompute::detail::SpanAtHand;
using dotcompute::detail::Workload;

/// Only ever compared.
const DeviceSession* session(std::uintptr_t number) { return reinterpret_cast<const DeviceSession*>(number * 64); }

Candidate cpu() {
  Candidate candidate;
  candidate.speed = {.operations_per_ns = 20, .memory_bytes_per_ns = 20, .transfer_bytes_per_ns = 0, .launch_ns = 1000};
  return candidate;
}
Candidate gpu(std::uintptr_t number = 1) {
  Candidate candidate;
  candidate.session = session(number);
  candidate.speed = {
      .operations_per_ns = 10'000, .memory_bytes_per_ns = 1000, .transfer_bytes_per_ns = 10, .launch_ns = 10'000};
  candidate.limits.memory_bytes = std::uint64_t{8} << 30;
  candidate.limits.largest_allocation_bytes = std::uint64_t{4} << 30;
  return candidate;
}

const std::vector<Candidate> both{cpu(), gpu()};

TEST(Select, little_data_stays_on_the_cpu) {
  const std::vector<SpanAtHand> spans{{.size_bytes = 4096}, {.size_bytes = 4096, .is_written = true}};
  EXPECT_EQ(choose({1024, 4, spans}, both), 0u);
  EXPECT_EQ(choose({1, 4, {}}, both), 0u);
}

TEST(Select, much_data_on_the_host_and_little_work_stays_on_the_cpu) {
  const std::vector<SpanAtHand> spans{{.size_bytes = 400'000'000}, {.size_bytes = 400'000'000, .is_written = true}};
  EXPECT_EQ(choose({100'000'000, 4, spans}, both), 0u);
}

TEST(Select, data_on_the_device_is_worked_on_there) {
  const SpanAtHand there{.size_bytes = 400'000'000,
                         .is_written = true,
                         .is_buffer = true,
                         .is_on_host = false,
                         .devices = {session(1)},
                         .device_count = 1};
  EXPECT_EQ(choose({100'000'000, 4, {&there, 1}}, both), 1u);
}

TEST(Select, much_work_on_data_of_the_host_goes_to_the_device) {
  const std::vector<SpanAtHand> spans{{.size_bytes = 4'000'000}, {.size_bytes = 4'000'000, .is_written = true}};
  EXPECT_EQ(choose({1'000'000, 4, spans}, both), 0u);
  EXPECT_EQ(choose({1'000'000, 1000, spans}, both), 1u);
}

TEST(Select, of_two_devices_the_one_that_has_the_data) {
  const std::vector<Candidate> three{cpu(), gpu(1), gpu(2)};
  const SpanAtHand there{
      .size_bytes = 40'000'000, .is_buffer = true, .is_on_host = true, .devices = {session(2)}, .device_count = 1};
  EXPECT_EQ(choose({10'000'000, 100, {&there, 1}}, three), 2u);
}

TEST(Select, the_first_of_equals) {
  const std::vector<Candidate> twins{gpu(1), gpu(2)};
  EXPECT_EQ(choose({10'000'000, 100, {}}, twins), 0u);
}

TEST(Select, what_does_not_fit_a_device_does_not_go_there) {
  const SpanAtHand too_long{.size_bytes = std::uint64_t{5} << 30};
  EXPECT_TRUE(std::isinf(estimate_ns({1, 1, {&too_long, 1}}, gpu())));
  EXPECT_EQ(choose({std::uint64_t{1} << 30, 1e6, {&too_long, 1}}, both), 0u);
  const std::vector<SpanAtHand> too_many(3, {.size_bytes = std::uint64_t{3} << 30});
  EXPECT_EQ(choose({std::uint64_t{1} << 30, 1e6, too_many}, both), 0u);
}

TEST(Select, the_estimate_is_the_sum_of_its_parts) {
  const auto of = [](const SpanAtHand& span, const Candidate& candidate) {
    return estimate_ns({1000, 20, {&span, 1}}, candidate);
  };
  // 20,000 operations and 10,000 bytes: on the cpu 1000 ns against 500, on the device 2 against 10.
  EXPECT_DOUBLE_EQ(of({.size_bytes = 10'000}, cpu()), 1000 + 1000);
  EXPECT_DOUBLE_EQ(of({.size_bytes = 10'000, .is_on_host = false}, cpu()), 1000 + 1000 + 1000);
  EXPECT_DOUBLE_EQ(of({.size_bytes = 10'000}, gpu()), 10'000 + 10 + 1000);
  EXPECT_DOUBLE_EQ(of({.size_bytes = 10'000, .is_written = true}, gpu()), 10'000 + 10 + 2000);
  EXPECT_DOUBLE_EQ(of({.size_bytes = 10'000, .is_written = true, .is_buffer = true}, gpu()), 10'000 + 10 + 1000);
  EXPECT_DOUBLE_EQ(of({.size_bytes = 10'000, .is_buffer = true, .devices = {session(1)}, .device_count = 1}, gpu()),
                   10'000 + 10);
  EXPECT_DOUBLE_EQ(
      of({.size_bytes = 10'000, .is_buffer = true, .is_on_host = false, .devices = {session(2)}, .device_count = 1},
         gpu()),
      10'000 + 10 + 2000);
}

TEST(Select, what_was_measured_counts_for_more_than_what_a_device_says) {
  dotcompute::detail::Bandwidths measured;
  Candidate device = gpu();
  Candidate host = cpu();
  device.measured = &measured;
  host.measured = &measured;
  const SpanAtHand on_host{.size_bytes = 10'000, .is_written = true};
  const SpanAtHand elsewhere{
      .size_bytes = 10'000, .is_buffer = true, .is_on_host = false, .devices = {session(2)}, .device_count = 1};
  const auto of = [](const SpanAtHand& span, const Candidate& candidate) {
    return estimate_ns({1000, 20, {&span, 1}}, candidate);
  };
  EXPECT_DOUBLE_EQ(of(on_host, device), 10'000 + 10 + 2000) << "as the device says, until it is measured";
  measured.note(nullptr, session(1), 1);
  measured.note(session(1), nullptr, 2);
  EXPECT_DOUBLE_EQ(of(on_host, device), 10'000 + 10 + 10'000 + 5000);
  EXPECT_DOUBLE_EQ(of(elsewhere, device), 10'000 + 10 + 1000 + 10'000) << "home as it says, and up as measured";
  measured.note(session(2), nullptr, 4);
  EXPECT_DOUBLE_EQ(of(elsewhere, device), 10'000 + 10 + 2500 + 10'000);
  EXPECT_DOUBLE_EQ(of(elsewhere, host), 1000 + 1000 + 2500);
  measured.note(session(2), session(1), 8);
  EXPECT_DOUBLE_EQ(of(elsewhere, device), 10'000 + 10 + 1250) << "from one to the other";
}

TEST(Select, a_call_of_mathematics_is_several_operations) {
  EXPECT_EQ(operations_of({.arithmetic = 2, .math_calls = 0, .loads = 2, .stores = 1}), 5);
  EXPECT_EQ(operations_of({.arithmetic = 0, .math_calls = 2, .loads = 0, .stores = 0}), 32);
  EXPECT_EQ(operations_of({}), 1);
}

}  // namespace
