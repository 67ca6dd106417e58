#include <algorithm>
#include <array>
#include <limits>

#include "checks.hpp"

namespace dotcompute::conformance {

namespace {

void describes_itself(DeviceAccelerator& device, std::uint64_t) {
  const AcceleratorInfo& info = device.info();
  expect(!info.id.empty() && !info.name.empty() && !info.backend.empty(), "id, name or backend is empty");
  expect(info.id == info.backend || info.id.starts_with(info.backend + ":"),
         fmt::format("the id '{}' does not begin with the backend '{}'", info.id, info.backend));
  expect(!info.driver.empty(), "the driver, which says what a built kernel depends on, is empty");
  expect(info.concurrency >= 1, "a concurrency of 0");
  expect(info.limits.memory_bytes > 0 && info.limits.largest_allocation_bytes > 0, "no memory");
  expect(info.limits.largest_group_items > 0, "the largest group has no items");
  for (const std::uint64_t each : info.limits.largest_group) expect(each > 0, "the largest group has a side of 0");
  expect(info.speed.operations_per_ns > 0 && info.speed.memory_bytes_per_ns > 0, "a speed of 0");
  expect(&device.info() == &info, "info() gave another object the second time");
  expect(!device.loss(), "the device is lost: " + device.loss().value_or(""));
}

void keeps_bytes(DeviceAccelerator& device, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto stream = device.create_stream();
  for (const std::size_t size : {1U, 2U, 3U, 7U, 63U, 64U, 65U, 4095U, 4097U, 100'003U}) {
    const std::vector<std::byte> bytes = random_bytes(size, random);
    const auto memory = device.allocate(size);
    expect(memory->size_bytes() == size,
           fmt::format("{} bytes were asked for and {} given", size, memory->size_bytes()));
    stream->write(*memory, 0, bytes);
    std::vector<std::byte> back(size);
    stream->wait(stream->read(back, *memory, 0));
    expect(back == bytes, fmt::format("{} bytes came back changed", size));
  }
}

void keeps_parts(DeviceAccelerator& device, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto stream = device.create_stream();
  std::vector<std::byte> expected = random_bytes(10'007, random);
  const auto memory = device.allocate(expected.size());
  stream->wait(stream->write(*memory, 0, expected));
  std::vector<std::vector<std::byte>> parts;
  for (int k = 0; k < 50; ++k) {
    const std::size_t offset = random() % expected.size();
    const std::size_t size = random() % (expected.size() - offset + 1);
    const auto& part = parts.emplace_back(random_bytes(size, random));
    stream->write(*memory, offset, part);
    std::copy(part.begin(), part.end(), expected.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  for (int k = 0; k < 50; ++k) {
    const std::size_t offset = random() % expected.size();
    const std::size_t size = random() % (expected.size() - offset + 1);
    std::vector<std::byte> back(size);
    stream->wait(stream->read(back, *memory, offset));
    expect(std::equal(back.begin(), back.end(), expected.begin() + static_cast<std::ptrdiff_t>(offset)),
           fmt::format("{} bytes at offset {} came back changed", size, offset));
  }
}

void takes_nothing(DeviceAccelerator& device, std::uint64_t) {
  const auto stream = device.create_stream();
  const auto none = device.allocate(0);
  expect(none->size_bytes() == 0, "0 bytes were asked for and more given");
  stream->write(*none, 0, {});
  stream->wait(stream->read({}, *none, 0));
  const auto some = filled(device, *stream, 4, 9);
  stream->write(*some, 16, {});
  stream->wait(stream->write(*some, 0, {}));
  expect_all("after writes of 0 bytes", read_values(*stream, *some, 4), 9);
}

void says_out_of_memory(DeviceAccelerator& device, std::uint64_t) {
  const std::uint64_t absurd = std::uint64_t{1} << 60;
  const std::uint64_t beyond = device.info().limits.largest_allocation_bytes + 1;
  for (const std::uint64_t size : {absurd, beyond}) {
    if (size > std::numeric_limits<std::uint64_t>::max() / 2) continue;
    const std::string message = expect_error<OutOfMemoryError>(fmt::format("an allocation of {} bytes", size),
                                                               [&] { static_cast<void>(device.allocate(size)); });
    expect(message.find(std::to_string(size)) != std::string::npos,
           fmt::format("the error does not say how much was asked for ({}): {}", size, message));
  }
  const auto stream = device.create_stream();
  const auto memory = filled(device, *stream, 5, 3);
  expect_all("after an allocation failed", read_values(*stream, *memory, 5), 3);
}

constexpr auto checks = std::to_array<Check<DeviceAccelerator>>({
    {"the device describes itself", describes_itself},
    {"memory keeps bytes of every odd size", keeps_bytes},
    {"memory keeps parts at odd offsets", keeps_parts},
    {"transfers and memory of 0 bytes are nothing", takes_nothing},
    {"too large an allocation is out of memory and harms nothing", says_out_of_memory},
});

}  // namespace

std::span<const Check<DeviceAccelerator>> memory_checks() noexcept { return checks; }

}  // namespace dotcompute::conformance
