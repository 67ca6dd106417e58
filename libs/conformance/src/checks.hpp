#pragma once

/// What the checks of devices share. A check returns if all is well and throws CheckFailure, or what the device threw.

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/device/host_accelerator.hpp>

namespace dotcompute::conformance {

/// The device broke its contract; the text says what was expected and what happened.
class CheckFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The device has nothing that this check could look at; the text says why.
class NotApplicable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void expect(bool is_so, const std::string& otherwise) {
  if (!is_so) throw CheckFailure(otherwise);
}

/// Runs `call`, which must throw an Error whose message is not empty. Gives the message.
template <class Error, class Call>
std::string expect_error(std::string_view what, Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    expect(*error.what() != '\0', fmt::format("{}: the error says nothing", what));
    return error.what();
  } catch (const std::exception& error) {
    throw CheckFailure(fmt::format("{}: another error than the contract names: {}", what, error.what()));
  }
  throw CheckFailure(fmt::format("{}: no error", what));
}

template <class Device>
struct Check {
  std::string_view name;
  void (*run)(Device& device, std::uint64_t seed);
};

[[nodiscard]] std::span<const Check<DeviceAccelerator>> memory_checks() noexcept;
[[nodiscard]] std::span<const Check<DeviceAccelerator>> stream_checks() noexcept;
[[nodiscard]] std::span<const Check<DeviceAccelerator>> launch_checks() noexcept;
[[nodiscard]] std::span<const Check<HostAccelerator>> host_checks() noexcept;

/// What two devices promise each other that call themselves peers; NotApplicable where they do not.
void check_peers(DeviceAccelerator& device, DeviceAccelerator& other);

/// A kernel of the suite's file contract.cpp. Throws CheckFailure if it is not in the registry.
[[nodiscard]] KernelDefinition contract_kernel(std::string_view name);

/// Expects a device to refuse a kernel that has neither code nor a text, with a reason; `make` makes the kernel ready
/// and must throw.
template <class Device, class Make>
void expect_refusal_without_code(Device& device, std::string_view what, Make&& make) {
  dotcompute_kernel record = contract_kernel("suite::contract::affine").record();
  record.name = "suite::contract::nowhere";
  record.reference = nullptr;
  record.cpu_count = 0;
  record.source_count = 0;
  const KernelDefinition kernel(record);
  const auto refusal = device.refusal(kernel);
  expect(refusal && !refusal->empty(), "a kernel without any code is not refused");
  expect_error<DeviceError>(what, [&] { make(kernel); });
}

/// `count` random bytes.
[[nodiscard]] std::vector<std::byte> random_bytes(std::size_t count, std::mt19937_64& random);

/// The kernel `affine` on one device: values = values * factor + term, on a block of memory.
class Affine {
 public:
  explicit Affine(DeviceAccelerator& device);

  /// Enqueues a launch over `count` values. What it needs on the host is gone when this returns.
  StreamPoint launch(Stream& stream, const DeviceMemory& values, std::uint64_t count, std::uint32_t factor,
                     std::uint32_t term) const;

 private:
  KernelDefinition definition_;
  std::unique_ptr<DeviceKernel> kernel_;
};

/// `count` values in a device's memory, all of them `value`.
[[nodiscard]] std::unique_ptr<DeviceMemory> filled(DeviceAccelerator& device, Stream& stream, std::size_t count,
                                                   std::uint32_t value);

/// Reads `count` values and waits for them.
[[nodiscard]] std::vector<std::uint32_t> read_values(Stream& stream, const DeviceMemory& memory, std::size_t count);

/// Expects every value to be `value`.
void expect_all(std::string_view what, std::span<const std::uint32_t> values, std::uint32_t value);

}  // namespace dotcompute::conformance
