#include "device_arguments.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <mutex>

namespace dotcompute::detail {

namespace {

bool is_same_memory(const PlacedSpan& a, const PlacedSpan& b) noexcept {
  return a.size_bytes != 0 && a.data == b.data && a.size_bytes == b.size_bytes;
}

}  // namespace

DeviceArguments::DeviceArguments(const BoundCall& bound)
    : spans_(bound.plan->span_count + (bound.plan->is_checked ? 1 : 0)), device_spans_(spans_.elements().size()) {
  const std::span<PlacedSpan> spans = spans_.elements();
  std::size_t count = 0;
  const auto add = [&](const PlannedParameter& parameter, BufferStorage* buffer) {
    dotcompute_span given;
    std::memcpy(&given, bound.block + parameter.offset, sizeof given);
    PlacedSpan& span = spans[count];
    span.parameter = &parameter;
    span.data = static_cast<std::byte*>(given.data);
    span.count = given.size;
    span.size_bytes = given.size * parameter.shape.size_bytes;
    span.buffer = buffer;
    const auto earlier = spans.first(count++);
    const auto owner =
        std::ranges::find_if(earlier, [&](const PlacedSpan& each) { return is_same_memory(each, span); });
    span.owner = owner == earlier.end() ? &span : owner->owner;
    span.owner->is_written = span.owner->is_written || parameter.shape.is_written;
    // A buffer given once as itself and once as its span is the buffer.
    if (span.buffer != nullptr) span.owner->buffer = span.buffer;
  };
  for (std::size_t i = 0; i < bound.plan->parameters.size(); ++i) {
    const PlannedParameter& parameter = bound.plan->parameters[i];
    if (parameter.shape.is_span) add(parameter, bound.buffers == nullptr ? nullptr : bound.buffers[i]);
  }
  if (bound.plan->is_checked) add(bound.plan->faults, nullptr);
}

std::span<const DeviceSpan> DeviceArguments::describe(const DeviceSession& session) noexcept {
  const std::span<DeviceSpan> described = device_spans_.elements();
  for (std::size_t i = 0; i < described.size(); ++i) {
    const PlacedSpan& span = spans_.elements()[i];
    described[i] = {};
    if (span.count == 0) continue;
    const PlacedSpan& owner = *span.owner;
    if (owner.buffer == nullptr) {
      described[i] = {&owner.block.memory(), 0, span.count};
    } else {
      described[i] = {&owner.buffer->replica(session)->memory(), owner.range().begin, span.count};
    }
  }
  return described;
}

void DeviceArguments::give_back_blocks(const StreamMark& last_use) noexcept {
  for (PlacedSpan& span : spans_.elements()) {
    if (span.block) span.block.give_back({last_use});
  }
}

BufferLocks::BufferLocks(std::span<const PlacedSpan> spans) : room_(spans.size()) {
  std::size_t count = 0;
  for (const PlacedSpan& span : spans) {
    if (span.is_owner() && span.buffer != nullptr) room_.elements()[count++] = span.buffer;
  }
  buffers_ = room_.elements().first(count);
  // An empty buffer that is given twice has two owners.
  std::ranges::sort(buffers_, std::less<>{});
  buffers_ = buffers_.first(static_cast<std::size_t>(std::ranges::unique(buffers_).begin() - buffers_.begin()));
  for (BufferStorage* const buffer : buffers_) buffer->mutex().lock();
}

BufferLocks::~BufferLocks() {
  for (BufferStorage* const buffer : buffers_) buffer->mutex().unlock();
}

}  // namespace dotcompute::detail
