#include "argument_list.hpp"

#include <cassert>
#include <cstring>

#include "cuda_memory.hpp"

namespace dotcompute::cuda {

namespace {

/// Writes a number so that a reader of 32 or of 64 bits, whichever is meant, finds it at the start.
void put(std::uint64_t& place, std::uint64_t number, bool is_narrow) {
  if (!is_narrow) {
    place = number;
    return;
  }
  const auto narrow = static_cast<std::uint32_t>(number);
  std::memcpy(&place, &narrow, sizeof narrow);
}

}  // namespace

std::uint64_t& ArgumentList::next_number() {
  std::uint64_t& place = numbers_[number_count_++];
  pointers_.push_back(&place);
  return place;
}

void ArgumentList::add_size(std::uint64_t size) { put(next_number(), size, is_narrow_); }

void ArgumentList::bind(const KernelDefinition& kernel, Convention convention, const DeviceLaunch& launch) {
  const auto dimensions = static_cast<std::size_t>(kernel.dimensions());
  const std::size_t most = 2 * launch.spans.size() + 2 * dimensions;
  // Before any address of a number is taken.
  if (numbers_.size() < most) numbers_.resize(most);
  pointers_.clear();
  number_count_ = 0;
  is_narrow_ = convention == Convention::narrow;

  std::size_t span_count = 0;
  for (const dotcompute_parameter& parameter : kernel.entry_parameters()) {
    if (parameter.kind != DOTCOMPUTE_PARAMETER_SPAN) {
      // The driver only reads.
      pointers_.push_back(const_cast<std::byte*>(launch.arguments) + parameter.offset);
      continue;
    }
    assert(span_count < launch.spans.size());
    const DeviceSpan& span = launch.spans[span_count++];
    assert(span.memory != nullptr || span.count == 0);
    next_number() = span.memory == nullptr ? 0 : address_of(*span.memory) + span.offset_bytes;
    if (convention != Convention::raw) add_size(span.count);
  }

  dimensions_ = 0;
  if (convention == Convention::raw) return;
  for (std::size_t d = 0; d < dimensions; ++d) add_size(launch.grid.size[d]);
  dimensions_ = dimensions;
  first_index_ = number_count_;
  for (std::size_t d = 0; d < dimensions; ++d) add_size(0);
}

void ArgumentList::set_first(const Sizes& first) {
  for (std::size_t d = 0; d < dimensions_; ++d) put(numbers_[first_index_ + d], first[d], is_narrow_);
}

}  // namespace dotcompute::cuda
