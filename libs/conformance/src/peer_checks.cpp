#include "checks.hpp"

namespace dotcompute::conformance {

namespace {

constexpr std::size_t count = 1'001;
constexpr std::uint64_t bytes = count * sizeof(std::uint32_t);

/// The device takes from the other what it computes, and gives it back changed.
void takes_and_gives(DeviceAccelerator& device, DeviceAccelerator& other) {
  const Affine here_affine(device);
  const Affine there_affine(other);
  const auto on_here = device.create_stream();
  const auto on_there = other.create_stream();
  const auto here = filled(device, *on_here, count, 0);
  const auto there = filled(other, *on_there, count, 1);
  std::uint32_t expected = 1;
  for (std::uint32_t k = 0; k < 20; ++k) {
    on_here->wait_for(*on_there, there_affine.launch(*on_there, *there, count, 3, k));
    on_here->copy(*here, 0, *there, 0, bytes);
    here_affine.launch(*on_here, *here, count, 5, 1);
    on_there->wait_for(*on_here, on_here->copy(*there, 0, *here, 0, bytes));
    expected = (expected * 3 + k) * 5 + 1;
  }
  expect_all("what went to a peer and came back", read_values(*on_there, *there, count), expected);
  // A part, beside which nothing changes.
  const auto more = filled(device, *on_here, count, 7);
  on_here->wait(on_here->copy(*more, 4, *there, 8, 12));
  const std::vector<std::uint32_t> values = read_values(*on_here, *more, count);
  expect(values[0] == 7 && values[1] == expected && values[3] == expected && values[4] == 7,
         "12 bytes that were copied from a peer are not where they belong");
  on_here->wait(on_here->copy(*more, 0, *there, 0, 0));
}

}  // namespace

void check_peers(DeviceAccelerator& device, DeviceAccelerator& other) {
  if (!device.can_access_peer(other)) {
    throw NotApplicable(fmt::format("{} says that it cannot access {}", device.info().id, other.info().id));
  }
  expect(&device != &other, "the device says that it is its own peer");
  takes_and_gives(device, other);
}

}  // namespace dotcompute::conformance
