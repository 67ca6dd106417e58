#include "topology.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include <dotcompute/base/error.hpp>

#include "hwloc_reader.hpp"

namespace dotcompute::cpu {

std::size_t Topology::node_count() const noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) count += i == 0 || groups[i].node != groups[i - 1].node ? 1 : 0;
  return count;
}

std::size_t Topology::processor_count() const noexcept {
  std::size_t count = 0;
  for (const ProcessorGroup& group : groups) count += group.processors.size();
  return count;
}

namespace {

/// Reads a number and goes behind it; false if there is none.
bool read_number(std::string_view& text, std::size_t& number) noexcept {
  const auto [stopped_at, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(stopped_at - text.begin()));
  return true;
}

}  // namespace

std::size_t count_in_list(std::string_view list) noexcept {
  std::size_t count = 0;
  if (list.ends_with('\n')) list.remove_suffix(1);
  for (;;) {
    std::size_t first = 0;
    if (!read_number(list, first)) return 0;
    std::size_t last = first;
    if (list.starts_with('-')) {
      list.remove_prefix(1);
      if (!read_number(list, last) || last < first) return 0;
    }
    count += last - first + 1;
    if (list.empty()) return count;
    if (!list.starts_with(',')) return 0;
    list.remove_prefix(1);
  }
}

std::size_t node_count_of_machine() noexcept {
  const int file = open("/sys/devices/system/node/online", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 1;
  std::array<char, 4096> text{};
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  const std::size_t count = size > 0 ? count_in_list({text.data(), static_cast<std::size_t>(size)}) : 0;
  return count == 0 ? 1 : count;
}

Topology topology_of_machine(std::span<const unsigned> processors) {
  std::string why_not;
  if (std::optional<Topology> topology = read_hwloc({.processors = processors}, why_not)) return *std::move(topology);
  return one_group(processors, std::move(why_not));
}

Topology synthetic_topology(const std::string& text, std::optional<std::span<const unsigned>> processors) {
  std::string why_not;
  if (std::optional<Topology> topology = read_hwloc({.synthetic = text.c_str(), .processors = processors}, why_not)) {
    return *std::move(topology);
  }
  ErrorContext context;
  context.device = "cpu";
  context.cause = why_not;
  throw DeviceError(Remedy::fix_input,
                    fmt::format("cannot make a topology of '{}' ({}); give one of hwloc's synthetic descriptions, as "
                                "'numa:2 core:4 pu:2'",
                                text, why_not),
                    std::move(context));
}

Topology one_group(std::span<const unsigned> processors, std::string unknown) {
  Topology topology;
  topology.groups.push_back(
      {.node = 0, .cache_bytes = 0, .processors = std::vector<unsigned>(processors.begin(), processors.end())});
  topology.core_count = processors.size();
  topology.unknown = std::move(unknown);
  return topology;
}

}  // namespace dotcompute::cpu
