#include "place.hpp"

#include <cstring>
#include <exception>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "bind.hpp"

namespace dotcompute::detail {

ByteRange range_given(const std::byte* block, const PlannedParameter& parameter, const BufferStorage& buffer) noexcept {
  dotcompute_span given;
  std::memcpy(&given, block + parameter.offset, sizeof given);
  return range_within(buffer, given.data, given.size * parameter.shape.size_bytes);
}

std::uint64_t place_on_host(const BoundCall& bound) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < bound.plan->parameters.size(); ++i) {
    BufferStorage* const buffer = bound.buffers[i];
    if (buffer == nullptr) continue;
    const PlannedParameter& parameter = bound.plan->parameters[i];
    try {
      bytes += buffer->use_on_host(use_of(parameter), range_given(bound.block, parameter, *buffer));
    } catch (const MemoryError& error) {
      throw_no_content(*bound.plan, parameter, error.context().cause);
    }
  }
  return bytes;
}

LaunchOutcome run_on_host(const BoundCall& bound, const LaunchDescription& launch) {
  const LaunchPlan& plan = *bound.plan;
  try {
    const LaunchOutcome outcome = plan.host_code->run(launch);
    if (outcome == LaunchOutcome::stopped) lose_written_buffers(plan, bound.block, bound.buffers, "was stopped");
    return outcome;
  } catch (...) {
    lose_written_buffers(plan, bound.block, bound.buffers, "failed");
    throw;
  }
}

void lose_written_buffers(const LaunchPlan& plan, const std::byte* block, BufferStorage* const* buffers,
                          std::string_view how) noexcept {
  if (buffers == nullptr) return;
  std::string why;
  try {
    why = fmt::format("the launch of {} on {} that wrote it {}", plan.kernel, plan.device->id, how);
  } catch (const std::exception&) {
    why = "its launch failed";
  }
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    const PlannedParameter& parameter = plan.parameters[i];
    if (buffers[i] == nullptr || !parameter.shape.is_written) continue;
    buffers[i]->lose(range_given(block, parameter, *buffers[i]), why);
  }
}

void throw_no_content(const LaunchPlan& plan, const PlannedParameter& parameter, const std::string& loss) {
  throw_refused(plan, fmt::format("argument '{}' has no content: {}; write it again with copy_from or fill",
                                  parameter.name, loss));
}

}  // namespace dotcompute::detail
