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

void copies_within(DeviceAccelerator& device, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto stream = device.create_stream();
  constexpr std::size_t size = 100'003;
  std::vector<std::byte> first = random_bytes(size, random);
  std::vector<std::byte> second = random_bytes(size, random);
  const auto one = device.allocate(size);
  const auto other = device.allocate(size);
  stream->write(*one, 0, first);
  // What is written stays as it is until it has been read.
  stream->wait(stream->write(*other, 0, second));
  for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 64U, 65U, 4097U, 70'001U}) {
    const std::size_t from = random() % (size - count + 1);
    const std::size_t to = random() % (size - count + 1);
    stream->copy(*other, to, *one, from, count);
    std::copy_n(first.begin() + static_cast<std::ptrdiff_t>(from), count,
                second.begin() + static_cast<std::ptrdiff_t>(to));
  }
  // Of a block onto another part of itself, which the first part does not touch.
  stream->copy(*one, 50'001, *one, 1, 49'999);
  std::copy_n(first.begin() + 1, 49'999, first.begin() + 50'001);
  stream->copy(*one, size, *one, size, 0);
  std::vector<std::byte> back(size);
  stream->wait(stream->read(back, *other, 0));
  expect(back == second, "what copies from one block to another left is not what was copied");
  stream->wait(stream->read(back, *one, 0));
  expect(back == first, "what a copy within one block left is not what was copied");
}

void carries_pinned(DeviceAccelerator& device, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto stream = device.create_stream();
  for (const std::size_t size : {1U, 7U, 4096U, 100'003U}) {
    const std::unique_ptr<PinnedMemory> from = device.allocate_pinned(size);
    if (from == nullptr) throw NotApplicable("the device has no pinned memory");
    const std::unique_ptr<PinnedMemory> to = device.allocate_pinned(size);
    for (const PinnedMemory* each : {from.get(), to.get()}) {
      expect(each != nullptr && each->bytes().size() == size && each->bytes().data() == each->bytes().data(),
             fmt::format("{} bytes of pinned memory were asked for and others given", size));
    }
    const std::vector<std::byte> bytes = random_bytes(size, random);
    std::ranges::copy(bytes, from->bytes().begin());
    const auto memory = device.allocate(size);
    stream->write(*memory, 0, from->bytes());
    stream->wait(stream->read(to->bytes(), *memory, 0));
    expect(std::ranges::equal(to->bytes(), bytes), fmt::format("{} bytes came back changed", size));
    // A part of it is as good.
    stream->write(*memory, size / 2, from->bytes().first(size - size / 2));
    std::vector<std::byte> back(size - size / 2);
    stream->wait(stream->read(back, *memory, size / 2));
    expect(std::equal(back.begin(), back.end(), bytes.begin()), "a part of pinned memory came back changed");
  }
  const auto none = device.allocate_pinned(0);
  expect(none != nullptr && none->bytes().empty(), "0 bytes of pinned memory were asked for and others given");
}

void takes_memory_of_others(DeviceAccelerator& device, std::uint64_t) {
  const auto stream = device.create_stream();
  const auto owner = filled(device, *stream, 1'000, 5);
  const std::uintptr_t handle = owner->native_handle();
  if (handle == 0) throw NotApplicable("the device's memory has no native handle");
  std::unique_ptr<DeviceMemory> borrowed;
  try {
    borrowed = device.adopt(handle, owner->size_bytes(), Ownership::borrowed);
  } catch (const DeviceError& error) {
    throw NotApplicable(error.what());
  }
  expect(borrowed != nullptr && borrowed->native_handle() == handle && borrowed->size_bytes() == owner->size_bytes(),
         "memory that was borrowed has another handle or size");
  const Affine affine(device);
  affine.launch(*stream, *borrowed, 1'000, 3, 2);
  expect_all("memory that was borrowed, at its owner's", read_values(*stream, *owner, 1'000), 17);
  borrowed.reset();
  affine.launch(*stream, *owner, 1'000, 1, 1);
  expect_all("after who borrowed it gave it back", read_values(*stream, *owner, 1'000), 18);
  expect_error<DeviceError>("a handle of nothing",
                            [&] { static_cast<void>(device.adopt(0, 16, Ownership::borrowed)); });
}

void is_no_peer_of_its_own(DeviceAccelerator& device, std::uint64_t) {
  expect(!device.can_access_peer(device), "the device says that it is its own peer");
}

constexpr auto checks = std::to_array<Check<DeviceAccelerator>>({
    {"the device describes itself", describes_itself},
    {"memory keeps bytes of every odd size", keeps_bytes},
    {"memory keeps parts at odd offsets", keeps_parts},
    {"transfers and memory of 0 bytes are nothing", takes_nothing},
    {"copies on the device are exact at odd offsets", copies_within},
    {"pinned memory keeps bytes", carries_pinned},
    {"memory of others is used where it lies", takes_memory_of_others},
    {"a device is not its own peer", is_no_peer_of_its_own},
    {"too large an allocation is out of memory and harms nothing", says_out_of_memory},
});

}  // namespace

std::span<const Check<DeviceAccelerator>> memory_checks() noexcept { return checks; }

}  // namespace dotcompute::conformance
