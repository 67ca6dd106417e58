#include <dotcompute/runtime/calls.hpp>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

std::byte* NamedBlock::reserve(std::uint64_t size_bytes) {
  if (size_bytes <= inline_bytes) return inline_;
  constexpr std::size_t alignment = alignof(NamedBlock);
  heap_ = std::make_unique<std::byte[]>(size_bytes + alignment);
  const auto address = reinterpret_cast<std::uintptr_t>(heap_.get());
  return heap_.get() + (alignment - address % alignment) % alignment;
}

BufferStorage** NamedBlock::reserve_buffers(std::size_t parameter_count) {
  BufferStorage** buffers = inline_buffers_;
  if (parameter_count > inline_buffers) {
    heap_buffers_ = std::make_unique<BufferStorage*[]>(parameter_count);
    buffers = heap_buffers_.get();
  }
  std::fill_n(buffers, parameter_count, nullptr);
  return buffers;
}

void store_result(const MissingResult& missing, void* data, BufferStorage* buffer) noexcept {
  const dotcompute_span span{data, missing.count};
  std::memcpy(missing.place, &span, sizeof span);
  *missing.buffer_place = buffer;
}

void throw_no_room_for_result(std::uint64_t count, std::size_t element_size_bytes, const std::exception& cause) {
  throw MemoryError(
      Remedy::retry,
      fmt::format("cannot allocate the result, {} elements of {} bytes each, on the host: {}; free memory "
                  "or use a smaller grid",
                  count, element_size_bytes, cause.what()),
      {.kernel = {}, .device = {}, .source = {}, .cause = cause.what()});
}

}  // namespace dotcompute::detail
