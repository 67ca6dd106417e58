#include <dotcompute/runtime/launcher.hpp>

#include <vector>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "describe.hpp"
#include "stream_core.hpp"

namespace dotcompute {

namespace {

detail::ArgumentView view_of(const DynamicArgument& argument) {
  detail::ArgumentView view;
  view.name = argument.name;
  view.is_span = argument.is_span;
  view.access = argument.is_writable ? detail::ArgumentAccess::writable : detail::ArgumentAccess::read_only;
  view.element.is_struct = argument.is_struct;
  view.element.scalar = argument.scalar;
  view.element.size_bytes = static_cast<std::uint32_t>(argument.element_size_bytes);
  view.data = argument.data;
  view.count = argument.count;
  if (!argument.is_struct && argument.element_size_bytes != size_bytes(argument.scalar)) {
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("argument '{}' says {} elements of {} bytes, and a {} has {} bytes; the sizes do not "
                    "agree",
                    argument.name, name(argument.scalar), argument.element_size_bytes, name(argument.scalar),
                    size_bytes(argument.scalar)));
  }
  return view;
}

std::vector<detail::ArgumentView> views_of(std::span<const DynamicArgument> arguments) {
  std::vector<detail::ArgumentView> views;
  views.reserve(arguments.size());
  for (const DynamicArgument& argument : arguments) views.push_back(view_of(argument));
  return views;
}

/// `device` is the one that the launch is to run on; null if it is open.
void check_stream(const detail::StreamCore& stream, const detail::RuntimeCore& runtime, const detail::Device* device) {
  const std::string_view id = stream.device().id;
  if (&stream.runtime() != &runtime) {
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("the stream of {} belongs to another runtime; create one with this runtime", id));
  }
  if (device != nullptr && device != &stream.device()) {
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("a stream of {} cannot carry launches on {}; leave out one of the two, or create a "
                    "stream of {}",
                    id, device->id, device->id));
  }
}

}  // namespace

Launcher Launcher::over(Extent grid) const {
  if (grid.count_overflows()) {
    throw ExecutionError(Remedy::fix_input,
                         fmt::format("the grid {} has more work-items than 64 bits can count; use a smaller grid",
                                     detail::describe(grid)));
  }
  Launcher result = *this;
  result.options_.grid = grid;
  result.options_.has_grid = true;
  return result;
}

Launcher Launcher::in_groups_of(Extent group) const {
  if (group.x == 0 || group.y == 0 || group.z == 0) {
    throw ExecutionError(
        Remedy::fix_input,
        fmt::format("a group of {} has no work-items; give every dimension at least 1", detail::describe(group)));
  }
  Launcher result = *this;
  result.options_.group = group;
  return result;
}

Launcher Launcher::on(AcceleratorRef accelerator) const {
  const detail::Device& device = options_.runtime->device(accelerator.id());
  if (accelerator.accelerator() != nullptr && accelerator.accelerator() != device.accelerator) {
    throw DeviceNotAvailableError(
        Remedy::fix_input,
        fmt::format("the accelerator '{}' that was passed belongs to another runtime; pass one of "
                    "this runtime, or its id",
                    accelerator.id()),
        {.kernel = {}, .device = std::string(accelerator.id()), .source = {}, .cause = {}});
  }
  if (options_.stream != nullptr) check_stream(*options_.stream, *options_.runtime, &device);
  Launcher result = *this;
  result.options_.device = &device;
  return result;
}

Launcher Launcher::on(const LaunchStream& stream) const {
  const std::shared_ptr<detail::StreamCore>& core = stream.core();
  check_stream(*core, *options_.runtime, options_.device);
  Launcher result = *this;
  result.options_.device = &core->device();
  result.options_.stream = core;
  return result;
}

LaunchStream Launcher::create_stream(std::string_view accelerator) const {
  return options_.runtime->create_stream(accelerator);
}

Launcher Launcher::watched_by(detail::LaunchWatcher& watcher) const {
  Launcher result = *this;
  result.options_.watcher = &watcher;
  return result;
}

Launcher Launcher::stop_with(std::stop_token stop) const {
  Launcher result = *this;
  result.options_.stop = std::move(stop);
  return result;
}

Launcher Launcher::timed() const {
  Launcher result = *this;
  result.options_.timed = true;
  return result;
}

LaunchReport Launcher::run(std::string_view kernel, std::span<const DynamicArgument> arguments) const {
  const auto views = views_of(arguments);
  detail::NamedBlock block;
  return detail::run_bound(options_, detail::bind_name(options_, kernel, views, block));
}

Task<LaunchReport> Launcher::execute(std::string_view kernel, std::span<const DynamicArgument> arguments) const {
  using State = detail::ReportingLaunch<detail::HeldNames<>>;
  const auto views = views_of(arguments);
  detail::UnstartedLaunch<State> state(new State());
  detail::start_bound(options_, detail::bind_name(options_, kernel, views, state->payload.block), *state);
  return Task<LaunchReport>(state.started());
}

}  // namespace dotcompute
