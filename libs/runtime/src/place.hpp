#pragma once

/// place: buffers + a device on the host's memory -> the bytes are current there.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <dotcompute/device/launch.hpp>
#include <dotcompute/memory/buffer_storage.hpp>
#include <dotcompute/runtime/calls.hpp>

#include "plan.hpp"

namespace dotcompute::detail {

[[nodiscard]] inline Use use_of(const PlannedParameter& parameter) noexcept {
  return parameter.shape.is_written ? Use::update : Use::read;
}

/// The part of a buffer that a span of `size_bytes` from `data` on is.
[[nodiscard]] inline ByteRange range_within(const BufferStorage& buffer, const void* data,
                                            std::uint64_t size_bytes) noexcept {
  if (size_bytes == 0) return {};
  const auto begin = static_cast<std::uint64_t>(static_cast<const std::byte*>(data) - buffer.data());
  return {begin, begin + size_bytes};
}
/// The part of a buffer that was given for a parameter of a call.
[[nodiscard]] ByteRange range_given(const std::byte* block, const PlannedParameter& parameter,
                                    const BufferStorage& buffer) noexcept;

/// Makes the buffers of a call ready for a launch on the host; the call has some. Returns the bytes that were copied to
/// the host. Throws ExecutionError for a buffer whose content was lost, and DeviceError.
[[nodiscard]] std::uint64_t place_on_host(const BoundCall& bound);

/// Runs a call on the host. Where it does not complete, the buffers it writes are left without content.
[[nodiscard]] LaunchOutcome run_on_host(const BoundCall& bound, const LaunchDescription& launch);

/// The launch on the host did not complete: what it was to write of buffers, if any, has no content. `block` has its
/// arguments; `how` is "failed" or "was stopped".
void lose_written_buffers(const LaunchPlan& plan, const std::byte* block, BufferStorage* const* buffers,
                          std::string_view how) noexcept;

/// ExecutionError: the buffer that was given for the parameter has lost its content to `loss`.
[[noreturn]] void throw_no_content(const LaunchPlan& plan, const PlannedParameter& parameter, const std::string& loss);

}  // namespace dotcompute::detail
