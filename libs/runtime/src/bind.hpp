#pragma once

/// bind: plan + arguments -> a checked argument block and the grid.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <dotcompute/base/extent.hpp>
#include <dotcompute/runtime/calls.hpp>
#include <dotcompute/runtime/launch_options.hpp>

#include "plan.hpp"

namespace dotcompute::detail {

/// Checks the spans in a filled block (memory that is there, no partial overlap with a written span) and works out the
/// grid. `given_spans` leaves out a span that is to be allocated. Throws ExecutionError.
[[nodiscard]] Extent bind_grid(const LaunchPlan& plan, const LaunchOptions& options, const std::byte* block,
                               std::uint32_t given_spans);

/// Matches arguments to parameters by name, checks their types and fills the block; the spans' memory is for
/// `bind_grid` to check. With `result`, exactly one written span may be missing: its place is left as an empty span and
/// returned. Without, the return value is null. Throws ExecutionError.
[[nodiscard]] const PlannedParameter* fill_block(const LaunchPlan& plan, std::span<const ArgumentView> arguments,
                                                 const ElementShape* result, std::byte* block);

/// For each parameter the buffer that is given for it, in memory of `block`; null if no argument is a buffer.
[[nodiscard]] BufferStorage** find_buffers(const LaunchPlan& plan, std::span<const ArgumentView> arguments,
                                           NamedBlock& block);

/// Writes into `buffers`, one place for each parameter, those that are given.
void store_buffers(const LaunchPlan& plan, std::span<const ArgumentView> arguments, BufferStorage** buffers) noexcept;

/// Writes a scalar argument that may convert, if its value survives exactly. Throws ExecutionError.
void store_converted(const LaunchPlan& plan, const PlannedParameter& parameter, const ArgumentView& argument,
                     std::byte* place);

/// ExecutionError with Remedy::fix_input, about one kernel: "kernel demo::saxpy: <what>".
[[noreturn]] void throw_refused(const LaunchPlan& plan, const std::string& what);

}  // namespace dotcompute::detail
