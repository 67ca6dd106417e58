#pragma once

/// Long arrays through a device in chunks, so that copies and work hide behind each other.
///
///     auto report = runtime.on("opencl:0").pipeline({.chunk = 1'000'000, .streams = 3},
///                                                   demo::saxpy, 2.0f, chunked(x), chunked(y));

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/base/task.hpp>
#include <dotcompute/runtime/report.hpp>

namespace dotcompute {

class Launcher;

/// How an array is processed.
struct PipelineOptions {
  std::uint64_t chunk = 0;    ///< In elements; not 0. The last chunk may be shorter.
  std::uint32_t streams = 4;  ///< So many chunks may be under way at once; not 0.
};

/// What happens to a chunk, in this order. On a device that uses the host's memory it is only computed.
enum class PipelineStage : std::uint8_t { copy_in, compute, copy_out };

/// "copy in", "compute", "copy out"
[[nodiscard]] DOTCOMPUTE_API std::string_view text(PipelineStage stage) noexcept;

/// One stage of one chunk. Order numbers count what happened in the pipeline.
struct PipelineRecord {
  std::uint64_t chunk = 0;
  PipelineStage stage = PipelineStage::compute;
  std::uint32_t stream = 0;
  std::uint64_t enqueued = 0;  ///< Order number of when the device was given it,
  std::uint64_t ended = 0;     ///< and of when the runtime learned of its end.

  /// Whether nothing ordered the two: they may have run at once.
  [[nodiscard]] bool may_overlap(const PipelineRecord& other) const noexcept {
    return stream != other.stream && enqueued < other.ended && other.enqueued < ended;
  }
};

/// What a pipeline did.
struct PipelineReport {
  std::string_view accelerator;  ///< The id of the device; lives as long as the program.
  std::uint64_t elements = 0;
  std::uint64_t chunks = 0;
  std::uint32_t streams = 0;  ///< That were used.
  std::uint64_t bytes_to_device = 0;
  std::uint64_t bytes_to_host = 0;
  std::vector<PipelineRecord> stages;  ///< Chunk after chunk, each in the order of its stages.
};

namespace detail {

struct LaunchOptions;

/// Elements of the chunked arrays.
struct ChunkRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// An array that a pipeline cuts.
template <class E>
struct ChunkedArray {
  std::span<E> elements;
};
/// Stands for the number of a chunk's first element.
struct FirstOfChunk {};

template <class A>
[[nodiscard]] std::optional<std::uint64_t> chunked_size(const A&) noexcept {
  return std::nullopt;
}
template <class E>
[[nodiscard]] std::optional<std::uint64_t> chunked_size(const ChunkedArray<E>& array) noexcept {
  return array.elements.size();
}

template <class A>
[[nodiscard]] A& of_chunk(A& argument, const ChunkRange&) noexcept {
  return argument;
}
template <class E>
[[nodiscard]] std::span<E> of_chunk(const ChunkedArray<E>& array, const ChunkRange& chunk) noexcept {
  return array.elements.subspan(static_cast<std::size_t>(chunk.first), static_cast<std::size_t>(chunk.count));
}
template <class E>
[[nodiscard]] std::span<E> of_chunk(ChunkedArray<E>& array, const ChunkRange& chunk) noexcept {
  return of_chunk(std::as_const(array), chunk);
}
[[nodiscard]] inline std::uint64_t of_chunk(const FirstOfChunk&, const ChunkRange& chunk) noexcept {
  return chunk.first;
}
[[nodiscard]] inline std::uint64_t of_chunk(FirstOfChunk&, const ChunkRange& chunk) noexcept { return chunk.first; }

/// Starts the launch of one chunk.
using StartChunk = std::function<Task<LaunchReport>(const Launcher& on, const ChunkRange& chunk)>;

/// `sizes` has an entry for each argument, empty for those that are not cut.
[[nodiscard]] DOTCOMPUTE_API PipelineReport run_pipeline(const LaunchOptions& launch, const PipelineOptions& options,
                                                         std::span<const std::optional<std::uint64_t>> sizes,
                                                         const StartChunk& start);

}  // namespace detail

/// Marks an array that a pipeline cuts into chunks: a named container, or a span. It is borrowed until the pipeline is
/// done.
template <class Range>
[[nodiscard]] auto chunked(Range& range) noexcept {
  using Element = std::remove_pointer_t<decltype(std::data(range))>;
  return detail::ChunkedArray<Element>{std::span<Element>(std::data(range), std::size(range))};
}
template <class E, std::size_t N>
[[nodiscard]] auto chunked(std::span<E, N>&& elements) noexcept {
  return detail::ChunkedArray<E>{elements};
}

/// Stands for an argument that is, for each chunk, the number of its first element in the whole array: a kernel sees
/// indices within its chunk.
inline constexpr detail::FirstOfChunk first_of_chunk{};

}  // namespace dotcompute
