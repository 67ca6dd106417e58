#include <dotcompute/runtime/pipeline.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "device_fixture.hpp"

namespace {

using namespace dotcompute;
using dotcompute::test::message_of;
using dotcompute::test::TestOperation;
using testing::HasSubstr;

class PipelineTest : public test::DeviceTest {};

TEST_F(PipelineTest, every_size_is_right_on_every_device) {
  for (const char* const id : {"cpu", "test:0"}) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 63u, 64u, 65u, 1000u}) {
      for (const std::uint64_t chunk : {1u, 8u, 64u, 5000u}) {
        SCOPED_TRACE(std::string(id) + ", " + std::to_string(size) + " in " + std::to_string(chunk));
        std::vector<float> x(size), y(size, 1.0f);
        std::iota(x.begin(), x.end(), 0.0f);
        const PipelineReport report =
            runtime.on(id).pipeline({.chunk = chunk, .streams = 3}, demo::saxpy, 2.0f, chunked(x), chunked(y));
        EXPECT_EQ(report.accelerator, id);
        EXPECT_EQ(report.elements, size);
        EXPECT_EQ(report.chunks, (size + chunk - 1) / chunk);
        EXPECT_EQ(report.streams, std::min<std::uint64_t>(3, report.chunks));
        bool is_right = true;
        for (std::size_t i = 0; i < size; ++i) is_right = is_right && y[i] == 2.0f * static_cast<float>(i) + 1.0f;
        EXPECT_TRUE(is_right);
        const bool copies = report.accelerator != "cpu";
        EXPECT_EQ(report.stages.size(), report.chunks * (copies ? 3 : 1));
        EXPECT_EQ(report.bytes_to_device, copies ? 2 * size * sizeof(float) : 0);
      }
    }
  }
}

TEST_F(PipelineTest, the_whole_of_other_arrays_and_the_first_element_of_the_chunk_are_arguments_too) {
  std::vector<std::uint32_t> out(1000);
  device.pipeline({.chunk = 64, .streams = 2}, demo::count_up, first_of_chunk, chunked(out));
  for (std::uint32_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], i);
}

TEST_F(PipelineTest, its_stages_overlap_and_nothing_waits_that_need_not) {
  state->keeps_log = true;
  // A launch lasts until another stream copies: what can only be if both may run at once.
  std::atomic<int> copies{0};
  state->at_begin = [&](const TestOperation& operation) {
    if (operation.kind == TestOperation::Kind::write) ++copies;
    if (operation.kind != TestOperation::Kind::launch) return;
    const int before = copies;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    while (copies == before && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  };
  std::vector<float> x(800, 1.0f), y(800, 1.0f);
  const PipelineReport report =
      device.pipeline({.chunk = 100, .streams = 4}, demo::saxpy, 2.0f, chunked(x), chunked(y));
  EXPECT_EQ(y, std::vector<float>(800, 3.0f));

  // As recorded: in a chunk the stages are in order; chunks of different streams may overlap.
  ASSERT_EQ(report.stages.size(), 24u);
  for (std::size_t i = 0; i < report.stages.size(); ++i) {
    const PipelineRecord& record = report.stages[i];
    EXPECT_EQ(record.chunk, i / 3);
    EXPECT_EQ(record.stream, record.chunk % 4);
    EXPECT_EQ(record.stage, static_cast<PipelineStage>(i % 3));
    EXPECT_LT(record.enqueued, record.ended);
    if (i % 3 != 0) {
      EXPECT_LT(report.stages[i - 1].ended, record.ended);
    }
  }
  const auto overlap = [&](PipelineStage one, PipelineStage other) {
    return std::ranges::any_of(report.stages, [&](const PipelineRecord& a) {
      return a.stage == one && std::ranges::any_of(report.stages, [&](const PipelineRecord& b) {
               return b.stage == other && a.may_overlap(b);
             });
    });
  };
  EXPECT_TRUE(overlap(PipelineStage::compute, PipelineStage::compute));
  EXPECT_TRUE(overlap(PipelineStage::copy_in, PipelineStage::compute));
  EXPECT_TRUE(overlap(PipelineStage::compute, PipelineStage::copy_out));

  // As it happened.
  const std::vector<TestOperation> log = state->log();
  bool copied_while_computing = false;
  for (const TestOperation& launch : log) {
    EXPECT_NE(launch.kind, TestOperation::Kind::wait);
    if (launch.kind != TestOperation::Kind::launch) continue;
    for (const TestOperation& copy : log) {
      const bool is_copy = copy.kind == TestOperation::Kind::write || copy.kind == TestOperation::Kind::read;
      copied_while_computing = copied_while_computing || (is_copy && copy.overlaps(launch));
    }
  }
  EXPECT_TRUE(copied_while_computing);
}

TEST_F(PipelineTest, a_failed_chunk_stops_the_rest_and_is_named) {
  std::vector<float> x(10'000, 1.0f), y(10'000, 1.0f);
  device.run(demo::saxpy, 1.0f, std::span(x).first(100), std::span(y).first(100));
  const std::uint64_t before = state->launches;
  state->operations_until_failure = 30;
  const std::string message = message_of<DeviceError>(
      [&] { device.pipeline({.chunk = 100, .streams = 2}, demo::saxpy, 2.0f, chunked(x), chunked(y)); });
  EXPECT_THAT(message, testing::ContainsRegex("pipeline: chunk [0-9]+ \\(elements [0-9]+ to [0-9]+\\) failed and later "
                                              "ones were not begun: .*operation"));
  EXPECT_LT(state->launches - before, 20u);
  state->operations_until_failure = 0;
  std::vector<float> again(100, 1.0f);
  const auto report = device.pipeline({.chunk = 10, .streams = 2}, demo::saxpy, 1.0f, chunked(again), chunked(again));
  EXPECT_EQ(report.chunks, 10u);
  EXPECT_EQ(again[99], 2.0f);
  EXPECT_THAT(message_of([&] { runtime.pipeline({.chunk = 10}, demo::failing, chunked(again)); }),
              HasSubstr("pipeline: chunk 0 (elements 0 to 9) failed and later ones were not begun"));
}

TEST_F(PipelineTest, what_makes_no_sense_is_refused) {
  std::vector<float> x(10), y(11);
  const auto with = [&](const Launcher& on, const PipelineOptions& options, auto&& other) {
    return message_of([&] { on.pipeline(options, demo::saxpy, 1.0f, other, chunked(y)); });
  };
  EXPECT_THAT(with(device, {.chunk = 0}, y), HasSubstr("a chunk of 0 elements"));
  EXPECT_THAT(with(device, {.chunk = 1, .streams = 0}, y), HasSubstr("0 streams"));
  EXPECT_THAT(with(device.over({5}), {.chunk = 1}, y), HasSubstr("the grid is the chunk"));
  EXPECT_THAT(with(device, {.chunk = 1}, chunked(x)),
              HasSubstr("argument 2 has 10 elements and argument 3 has 11; chunked arrays are equally long"));
  EXPECT_THAT(with(runtime.on(runtime.create_stream("cpu")), {.chunk = 1}, y), HasSubstr("streams of its own"));
  EXPECT_THAT(message_of([&] { device.pipeline({.chunk = 1}, demo::saxpy, 1.0f, x, y); }),
              HasSubstr("no argument is chunked"));
}

}  // namespace
