#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>

#include "checks.hpp"

namespace dotcompute::conformance {

namespace {

std::uint64_t items_of(const dotcompute_grid& grid) { return grid.size[0] * grid.size[1] * grid.size[2]; }

std::string describe(const dotcompute_grid& grid) {
  return fmt::format("{}x{}x{}", grid.size[0], grid.size[1], grid.size[2]);
}

/// The kernel `number`, which counts how often each item ran.
class Numbered {
 public:
  explicit Numbered(DeviceAccelerator& device)
      : device_(device),
        definition_(contract_kernel("suite::contract::number")),
        kernel_(device.load(definition_, device.build(definition_))),
        stream_(device.create_stream()) {}

  void run(const dotcompute_grid& grid, const dotcompute_grid& group) {
    const auto items = static_cast<std::size_t>(items_of(grid));
    // More room than items: what runs beyond the grid is seen.
    const std::size_t room = items + 1'024;
    const auto memory = filled(device_, *stream_, room, 0);
    const DeviceSpan span{memory.get(), 0, room};
    stream_->launch(*kernel_, {.arguments = block_.data(), .spans = {&span, 1}, .grid = grid, .group = group});
    const std::vector<std::uint32_t> values = read_values(*stream_, *memory, room);
    for (std::size_t i = 0; i < room; ++i) {
      const auto expected = i < items ? static_cast<std::uint32_t>(i) + 1 : 0;
      expect(values[i] == expected, fmt::format("grid {} in groups of {}: item {} left {} instead of {}",
                                                describe(grid), describe(group), i, values[i], expected));
    }
  }

 private:
  DeviceAccelerator& device_;
  KernelDefinition definition_;
  std::unique_ptr<DeviceKernel> kernel_;
  std::unique_ptr<Stream> stream_;
  alignas(64) std::array<std::byte, 64> block_{};
};

void covers_every_grid(DeviceAccelerator& device, std::uint64_t) {
  Numbered numbered(device);
  for (const dotcompute_grid& grid : std::initializer_list<dotcompute_grid>{
           {{1, 1, 1}}, {{3, 5, 7}}, {{257, 1, 1}}, {{1, 257, 1}}, {{1, 1, 257}}, {{33, 31, 2}}, {{64, 4, 4}}}) {
    numbered.run(grid, {{0, 0, 0}});
  }
}

void takes_any_group(DeviceAccelerator& device, std::uint64_t) {
  Numbered numbered(device);
  const DeviceLimits& limits = device.info().limits;
  for (const dotcompute_grid& group : std::initializer_list<dotcompute_grid>{
           {{1, 1, 1}}, {{7, 1, 1}}, {{2, 3, 1}}, {{4, 2, 2}}, {{1, 5, 3}}, {{32, 1, 1}}}) {
    const bool fits = items_of(group) <= limits.largest_group_items && group.size[0] <= limits.largest_group[0] &&
                      group.size[1] <= limits.largest_group[1] && group.size[2] <= limits.largest_group[2];
    if (!fits) continue;
    numbered.run({{13, 11, 5}}, group);
    numbered.run({{1, 1, 1}}, group);
  }
}

void refuses_too_large_a_group(DeviceAccelerator& device, std::uint64_t) {
  const DeviceLimits& limits = device.info().limits;
  if (limits.largest_group_items >= std::uint64_t{1} << 40) {
    throw NotApplicable("the device's groups have no limit");
  }
  Numbered numbered(device);
  const std::uint64_t items = limits.largest_group_items + 1;
  const std::string message = expect_error<ExecutionError>(fmt::format("a group of {} items", items),
                                                           [&] { numbered.run({{items, 1, 1}}, {{items, 1, 1}}); });
  for (const std::string& needed : {std::string("suite::contract::number"), std::to_string(items)}) {
    expect(message.find(needed) != std::string::npos, fmt::format("the error does not say '{}': {}", needed, message));
  }
  numbered.run({{10, 1, 1}}, {{0, 0, 0}});
}

void takes_empty_spans(DeviceAccelerator& device, std::uint64_t) {
  const KernelDefinition definition = contract_kernel("suite::contract::sizes");
  if (const auto refusal = device.refusal(definition)) throw NotApplicable(*refusal);
  const auto kernel = device.load(definition, device.build(definition));
  const auto stream = device.create_stream();
  const auto memory = device.allocate(5 * sizeof(std::uint64_t));
  std::vector<std::byte> block(definition.record().block_size + 16);
  const std::uint64_t value = 7;
  std::memcpy(block.data() + definition.parameters()[2].offset, &value, sizeof value);
  const DeviceSpan none{};
  const DeviceSpan four{memory.get(), sizeof(std::uint64_t), 4};
  const DeviceSpan spans[] = {none, four};
  const dotcompute_grid grid{{9, 1, 1}};
  stream->launch(*kernel, {.arguments = block.data(), .spans = spans, .grid = grid});
  const DeviceSpan both_empty[] = {none, none};
  stream->launch(*kernel, {.arguments = block.data(), .spans = both_empty, .grid = grid});
  std::vector<std::uint64_t> back(4);
  stream->wait(stream->read(std::as_writable_bytes(std::span(back)), *memory, sizeof(std::uint64_t)));
  for (const std::uint64_t each : back) {
    expect(each == 47, fmt::format("a kernel with an empty span and one of 4 wrote {} instead of 47", each));
  }
}

void loads_its_images_again(DeviceAccelerator& device, std::uint64_t) {
  const KernelDefinition definition = contract_kernel("suite::contract::affine");
  const std::vector<std::byte> image = device.build(definition);
  expect(!image.empty(), "build gave no bytes");
  const auto first = device.load(definition, image);
  const auto second = device.load(definition, image);
  expect(first != nullptr && second != nullptr, "load gave nothing");
  expect(!device.build(definition).empty(), "build gave no bytes the second time");
}

void refuses_damaged_images(DeviceAccelerator& device, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const KernelDefinition definition = contract_kernel("suite::contract::affine");
  const std::vector<std::byte> image = device.build(definition);
  const auto refuse = [&](std::string_view what, std::span<const std::byte> damaged) {
    expect_error<DeviceError>(what, [&] { static_cast<void>(device.load(definition, damaged)); });
  };
  refuse("an empty image", {});
  refuse("the first half of an image", std::span(image).first(image.size() / 2));
  refuse("random bytes", random_bytes(1'000, random));
  const Affine affine(device);
  const auto stream = device.create_stream();
  const auto memory = filled(device, *stream, 3, 1);
  affine.launch(*stream, *memory, 3, 2, 2);
  expect_all("after damaged images", read_values(*stream, *memory, 3), 4);
}

/// A kernel that no device can run: neither code nor text in any language.
void refuses_what_it_has_no_code_for(DeviceAccelerator& device, std::uint64_t) {
  expect_refusal_without_code(device, "build of a kernel that is refused",
                              [&](const KernelDefinition& kernel) { static_cast<void>(device.build(kernel)); });
}

constexpr auto checks = std::to_array<Check<DeviceAccelerator>>({
    {"every item of a grid runs once", covers_every_grid},
    {"groups may have any size that fits", takes_any_group},
    {"too large a group is refused, with kernel, size and limit", refuses_too_large_a_group},
    {"spans may be empty", takes_empty_spans},
    {"an image can be loaded again", loads_its_images_again},
    {"damaged images are refused", refuses_damaged_images},
    {"a kernel without code is refused, with the reason", refuses_what_it_has_no_code_for},
});

}  // namespace

std::span<const Check<DeviceAccelerator>> launch_checks() noexcept { return checks; }

}  // namespace dotcompute::conformance
