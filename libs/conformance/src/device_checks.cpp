#include <dotcompute/conformance/device_checks.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

#include <dotcompute/kernel/registry.hpp>

#include "checks.hpp"

namespace dotcompute::conformance {

namespace {

template <class Call>
void for_each_check(const Accelerator& device, Call&& call) {
  if (dynamic_cast<const HostAccelerator*>(&device) != nullptr) {
    for (const auto& check : host_checks()) call(check);
    return;
  }
  for (const auto& list : {memory_checks(), stream_checks(), launch_checks()}) {
    for (const auto& check : list) call(check);
  }
}

}  // namespace

KernelDefinition contract_kernel(std::string_view name) {
  const KernelLookup found = KernelRegistry::instance().find(name);
  expect(static_cast<bool>(found), "the suite's kernels are not in this program: " + found.problem);
  return *found.kernel;
}

std::vector<std::byte> random_bytes(std::size_t count, std::mt19937_64& random) {
  std::vector<std::byte> bytes(count);
  for (std::byte& each : bytes) each = static_cast<std::byte>(random());
  return bytes;
}

Affine::Affine(DeviceAccelerator& device)
    : definition_(contract_kernel("suite::contract::affine")),
      kernel_(device.load(definition_, device.build(definition_))) {}

StreamPoint Affine::launch(Stream& stream, const DeviceMemory& values, std::uint64_t count, std::uint32_t factor,
                           std::uint32_t term) const {
  std::vector<std::byte> block(definition_.record().block_size + 16);
  const auto parameters = definition_.parameters();
  std::memcpy(block.data() + parameters[1].offset, &factor, sizeof factor);
  std::memcpy(block.data() + parameters[2].offset, &term, sizeof term);
  const DeviceSpan span{&values, 0, count};
  const StreamPoint point =
      stream.launch(*kernel_, {.arguments = block.data(), .spans = {&span, 1}, .grid = {{count, 1, 1}}});
  // Borrowed for the call only: a device that still reads this would see other numbers.
  std::fill(block.begin(), block.end(), std::byte{0xEE});
  return point;
}

std::unique_ptr<DeviceMemory> filled(DeviceAccelerator& device, Stream& stream, std::size_t count,
                                     std::uint32_t value) {
  std::unique_ptr<DeviceMemory> memory = device.allocate(count * sizeof value);
  const std::vector<std::uint32_t> values(count, value);
  stream.wait(stream.write(*memory, 0, std::as_bytes(std::span(values))));
  return memory;
}

std::vector<std::uint32_t> read_values(Stream& stream, const DeviceMemory& memory, std::size_t count) {
  std::vector<std::uint32_t> values(count);
  stream.wait(stream.read(std::as_writable_bytes(std::span(values)), memory, 0));
  return values;
}

void expect_all(std::string_view what, std::span<const std::uint32_t> values, std::uint32_t value) {
  const auto other = std::find_if(values.begin(), values.end(), [&](std::uint32_t each) { return each != value; });
  if (other == values.end()) return;
  throw CheckFailure(fmt::format("{}: element {} is {} instead of {}", what, other - values.begin(), *other, value));
}

std::vector<std::string_view> checks_for(const Accelerator& device) {
  std::vector<std::string_view> names;
  for_each_check(device, [&](const auto& check) { names.push_back(check.name); });
  return names;
}

CheckResult run_check(Accelerator& device, std::string_view check, std::uint64_t seed) {
  CheckResult result{std::string(check), Verdict::failed, fmt::format("there is no check of this name")};
  const auto run = [&](auto* as_device, const auto& each) {
    if (each.name != check) return;
    try {
      each.run(*as_device, seed);
      result.verdict = Verdict::passed;
      result.detail.clear();
    } catch (const NotApplicable& reason) {
      result.verdict = Verdict::excluded;
      result.detail = reason.what();
    } catch (const std::exception& error) {
      result.detail = fmt::format("{}; seed {}", error.what(), seed);
    }
  };
  if (auto* host = dynamic_cast<HostAccelerator*>(&device)) {
    for (const auto& each : host_checks()) run(host, each);
  } else if (auto* own = dynamic_cast<DeviceAccelerator*>(&device)) {
    for (const auto& list : {memory_checks(), stream_checks(), launch_checks()}) {
      for (const auto& each : list) run(own, each);
    }
  } else {
    result.detail = "the device is neither a HostAccelerator nor a DeviceAccelerator";
  }
  return result;
}

CheckResult run_peer_check(Accelerator& device, Accelerator& other) {
  CheckResult result{fmt::format("{} is a peer of {}", device.info().id, other.info().id), Verdict::failed, {}};
  try {
    auto* const one = dynamic_cast<DeviceAccelerator*>(&device);
    auto* const two = dynamic_cast<DeviceAccelerator*>(&other);
    if (one == nullptr || two == nullptr) throw NotApplicable("one of them has no memory of its own");
    check_peers(*one, *two);
    result.verdict = Verdict::passed;
  } catch (const NotApplicable& reason) {
    result.verdict = Verdict::excluded;
    result.detail = reason.what();
  } catch (const std::exception& error) {
    result.detail = error.what();
  }
  return result;
}

}  // namespace dotcompute::conformance
