#include <array>
#include <exception>
#include <thread>
#include <vector>

#include "checks.hpp"

namespace dotcompute::conformance {

namespace {

constexpr std::size_t count = 1'000;

void reaches_points_in_order(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  const auto stream = device.create_stream();
  expect(stream->is_reached(0), "point 0, before any operation, is not reached");
  stream->wait(0);
  const auto memory = device.allocate(count * sizeof(std::uint32_t));
  const std::vector<std::uint32_t> ones(count, 1);
  std::vector<std::uint32_t> back(count);
  StreamPoint before = 0;
  const auto follows = [&](StreamPoint point) {
    expect(point > before, fmt::format("point {} was given after point {}", point, before));
    before = point;
    return point;
  };
  follows(stream->write(*memory, 0, std::as_bytes(std::span(ones))));
  const StreamPoint middle = follows(affine.launch(*stream, *memory, count, 3, 1));
  const StreamPoint last = follows(stream->read(std::as_writable_bytes(std::span(back)), *memory, 0));
  stream->wait(middle);
  expect(stream->is_reached(middle), "a point is not reached after wait for it");
  stream->wait(last);
  for (StreamPoint point = 0; point <= last; ++point) {
    expect(stream->is_reached(point), fmt::format("point {} is not reached after a later one was", point));
  }
  stream->wait(middle);
  expect_all("what was read before its point was reached", back, 4);
}

void keeps_order(DeviceAccelerator& device, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const Affine affine(device);
  const auto stream = device.create_stream();
  const auto memory = filled(device, *stream, count, 1);
  std::uint32_t expected = 1;
  std::vector<std::vector<std::uint32_t>> written;
  for (int k = 0; k < 200; ++k) {
    if (k % 50 == 49) {
      expected = static_cast<std::uint32_t>(random());
      const auto& values = written.emplace_back(count, expected);
      stream->write(*memory, 0, std::as_bytes(std::span(values)));
    }
    const auto factor = static_cast<std::uint32_t>(random());
    const auto term = static_cast<std::uint32_t>(random());
    affine.launch(*stream, *memory, count, factor, term);
    expected = expected * factor + term;
  }
  expect_all("200 launches in one stream", read_values(*stream, *memory, count), expected);
}

void waits_for_another_stream(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  const auto first = device.create_stream();
  const auto second = device.create_stream();
  const auto memory = filled(device, *first, count, 1);
  StreamPoint last = 0;
  std::uint32_t expected = 1;
  for (std::uint32_t k = 0; k < 50; ++k) {
    second->wait_for(*first, affine.launch(*first, *memory, count, 3, k));
    last = affine.launch(*second, *memory, count, 5, k + 1);
    first->wait_for(*second, last);
    expected = (expected * 3 + k) * 5 + k + 1;
  }
  const auto values = read_values(*first, *memory, count);
  second->wait(last);  // A stream that did not wait still uses the memory, which a failure gives back.
  expect_all("two streams that wait for each other", values, expected);
  // Points reached long ago, and none.
  second->wait_for(*first, 0);
  second->wait(second->wait_for(*first, 1));
}

void outlives_what_it_waits_for(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  const auto stream = device.create_stream();
  const auto memory = filled(device, *stream, count, 1);
  std::uint32_t expected = 1;
  for (std::uint32_t k = 0; k < 20; ++k) {
    // The wait lies behind work of its own when the other stream, whose point is reached by then, ends.
    for (std::uint32_t j = 0; j < 8; ++j) affine.launch(*stream, *memory, count, 3, j);
    const auto other = device.create_stream();
    const auto others = filled(device, *other, count, k);
    const StreamPoint point = affine.launch(*other, *others, count, 2, 1);
    stream->wait_for(*other, point);
    other->wait(point);
    for (std::uint32_t j = 0; j < 8; ++j) expected = expected * 3 + j;
  }
  expect_all("a stream whose awaited streams have ended", read_values(*stream, *memory, count), expected);
}

void is_waited_for_from_anywhere(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  const auto stream = device.create_stream();
  const auto memory = filled(device, *stream, count, 2);
  StreamPoint last = 0;
  for (int k = 0; k < 50; ++k) last = affine.launch(*stream, *memory, count, 1, 1);
  bool seen[3] = {};
  {
    std::vector<std::jthread> threads;
    for (bool& each : seen) {
      threads.emplace_back([&, place = &each] {
        stream->wait(last);
        *place = stream->is_reached(last);
      });
    }
  }
  for (const bool each : seen) expect(each, "a thread that waited did not see the point reached");
  expect_all("after three threads waited", read_values(*stream, *memory, count), 52);
}

void runs_two_threads(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  std::exception_ptr problems[2];
  const auto work = [&](std::uint32_t which) {
    try {
      const auto stream = device.create_stream();
      const auto memory = filled(device, *stream, count, which);
      std::uint32_t expected = which;
      for (std::uint32_t k = 0; k < 200; ++k) {
        affine.launch(*stream, *memory, count, which + 3, k);
        expected = expected * (which + 3) + k;
      }
      expect_all(fmt::format("thread {} of two on one kernel", which), read_values(*stream, *memory, count), expected);
    } catch (...) {
      problems[which] = std::current_exception();
    }
  };
  {
    const std::jthread first(work, 0);
    const std::jthread second(work, 1);
  }
  for (const std::exception_ptr& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
}

void ends_with_its_work_done(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  const auto reader = device.create_stream();
  const auto memory = filled(device, *reader, count, 1);
  {
    const auto stream = device.create_stream();
    for (int k = 0; k < 20; ++k) affine.launch(*stream, *memory, count, 1, 1);
  }
  expect_all("after a stream was destroyed", read_values(*reader, *memory, count), 21);
}

void copies_in_order(DeviceAccelerator& device, std::uint64_t) {
  const Affine affine(device);
  const auto stream = device.create_stream();
  const auto one = filled(device, *stream, count, 1);
  const auto other = filled(device, *stream, count, 100);
  std::uint32_t expected = 1;
  for (std::uint32_t k = 0; k < 50; ++k) {
    affine.launch(*stream, *one, count, 3, k);
    stream->copy(*other, 0, *one, 0, count * sizeof(std::uint32_t));
    affine.launch(*stream, *other, count, 5, 1);
    // What is written now is not what the copy above carried.
    affine.launch(*stream, *one, count, 0, 7);
    stream->copy(*one, 0, *other, 0, count * sizeof(std::uint32_t));
    expected = (expected * 3 + k) * 5 + 1;
  }
  expect_all("copies between launches of one stream", read_values(*stream, *one, count), expected);
}

void copies_across_streams(DeviceAccelerator& device, std::uint64_t) {
  constexpr std::uint32_t rounds = 50;
  const Affine affine(device);
  const auto first = device.create_stream();
  const auto second = device.create_stream();
  const auto one = filled(device, *first, count, 1);
  // Of each round: one of them a stream that does not wait may hit by chance.
  const auto copies = filled(device, *first, rounds * count, 0);
  StreamPoint last = 0;
  std::vector<std::uint32_t> expected;
  std::uint32_t value = 1;
  for (std::uint32_t k = 0; k < rounds; ++k) {
    second->wait_for(*first, affine.launch(*first, *one, count, 3, k));
    constexpr std::uint64_t size_bytes = count * sizeof(std::uint32_t);
    const StreamPoint copied = second->copy(*copies, k * size_bytes, *one, 0, size_bytes);
    first->wait_for(*second, copied);
    last = affine.launch(*first, *one, count, 1, 1);
    expected.push_back(value * 3 + k);
    value = expected.back() + 1;
    second->wait_for(*first, last);
  }
  const auto values = read_values(*second, *copies, rounds * count);
  first->wait(last);  // As above.
  for (std::uint32_t k = 0; k < rounds; ++k) {
    expect_all("a copy between launches of another stream", std::span(values).subspan(k * count, count), expected[k]);
  }
}

constexpr auto checks = std::to_array<Check<DeviceAccelerator>>({
    {"points are reached in order", reaches_points_in_order},
    {"a stream keeps the order of launches and writes", keeps_order},
    {"copies keep their place between launches", copies_in_order},
    {"copies of one stream are ordered with launches of another", copies_across_streams},
    {"streams wait for each other", waits_for_another_stream},
    {"a stream may end once its point is reached", outlives_what_it_waits_for},
    {"any thread may wait", is_waited_for_from_anywhere},
    {"two threads launch one kernel on two streams", runs_two_threads},
    {"destroying a stream waits for its work", ends_with_its_work_done},
});

}  // namespace

std::span<const Check<DeviceAccelerator>> stream_checks() noexcept { return checks; }

}  // namespace dotcompute::conformance
