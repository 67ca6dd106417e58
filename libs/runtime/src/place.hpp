#pragma once

/// place: buffers + a device on the host's memory -> the bytes are current there.

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

/// Makes the buffers of a call ready for a launch on the host; the call has some. Returns the bytes that were copied to
/// the host. Throws ExecutionError for a buffer whose content was lost, and DeviceError.
[[nodiscard]] std::uint64_t place_on_host(const BoundCall& bound);

/// Runs a call on the host. Where it does not complete, the buffers it writes are left without content.
[[nodiscard]] LaunchOutcome run_on_host(const BoundCall& bound, const LaunchDescription& launch);

/// The launch on the host did not complete: the buffers it writes, if any, have no content. `how` is "failed" or "was
/// stopped".
void lose_written_buffers(const LaunchPlan& plan, BufferStorage* const* buffers, std::string_view how) noexcept;

/// ExecutionError if the program holds the buffer's memory by a Mapping that excludes the kernel's use.
void check_mappings(const LaunchPlan& plan, const PlannedParameter& parameter, BufferStorage& buffer);

/// ExecutionError: the buffer that was given for the parameter has lost its content to `loss`.
[[noreturn]] void throw_no_content(const LaunchPlan& plan, const PlannedParameter& parameter, const std::string& loss);

}  // namespace dotcompute::detail
