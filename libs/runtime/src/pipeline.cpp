#include <dotcompute/runtime/pipeline.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/runtime/launcher.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "launch_watcher.hpp"
#include "named_error.hpp"

namespace dotcompute {

std::string_view text(PipelineStage stage) noexcept {
  switch (stage) {
    case PipelineStage::copy_in: return "copy in";
    case PipelineStage::compute: return "compute";
    case PipelineStage::copy_out: return "copy out";
  }
  return "";
}

namespace detail {

namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw ExecutionError(Remedy::fix_input, fmt::format("pipeline: {}", message));
}

/// The elements of the chunked arrays.
std::uint64_t size_of_arrays(std::span<const std::optional<std::uint64_t>> sizes) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!sizes[i]) continue;
    if (!first) first = i;
    if (*sizes[i] != *sizes[*first]) {
      refuse(fmt::format("argument {} has {} elements and argument {} has {}; chunked arrays are equally long",
                         *first + 1, *sizes[*first], i + 1, *sizes[i]));
    }
  }
  if (!first) refuse("no argument is chunked; mark the arrays that are to be cut with chunked(...)");
  return *sizes[*first];
}

/// A stage that a stream was given.
struct Stage : PointWait {
  PipelineRecord record;
  SharedStream* stream = nullptr;  ///< Null on the host.
  std::atomic<std::uint64_t>* order = nullptr;
  std::atomic<bool> has_ended{false};

  void end() noexcept {
    record.ended = order->fetch_add(1, std::memory_order_relaxed) + 1;
    has_ended.store(true, std::memory_order_release);
  }
  /// Returns when it has ended.
  void settle() noexcept {
    // Where the line is this thread's own to serve, nobody else would.
    if (stream != nullptr && stream->take_back(*this)) {
      try {
        stream->stream().wait(point);
      } catch (...) {
        // The launch says so.
      }
      end();
    }
    // Its launch is over, or never began.
    if (stream == nullptr && !has_ended.load(std::memory_order_acquire)) end();
    while (!has_ended.load(std::memory_order_acquire)) std::this_thread::yield();
  }
};

/// A chunk under way, which notes what becomes of it.
class Chunk final : public LaunchWatcher {
 public:
  Chunk(std::uint64_t number, std::uint32_t stream, const ChunkRange& chunk_range,
        std::atomic<std::uint64_t>& order) noexcept
      : range(chunk_range), number_(number), stream_(stream), order_(order) {}

  void enqueued(const DeviceWork& work) noexcept override {
    if (work.placed != 0) note(PipelineStage::copy_in, work, work.placed);
    note(PipelineStage::compute, work, work.launched);
    if (work.complete != work.launched) note(PipelineStage::copy_out, work, work.complete);
    for (std::size_t i = 0; i < count_; ++i) work.stream->tell(stages_[i]);
  }
  void begun_on_host() noexcept override { add(PipelineStage::compute); }
  void ended_on_host() noexcept override { stages_[0].end(); }

  /// The launch is complete or never started.
  void settle(std::vector<PipelineRecord>* records) noexcept {
    for (std::size_t i = 0; i < count_; ++i) stages_[i].settle();
    if (records != nullptr) {
      for (std::size_t i = 0; i < count_; ++i) records->push_back(stages_[i].record);
    }
  }

  ChunkRange range;
  Task<LaunchReport> task;

 private:
  Stage& add(PipelineStage stage) noexcept {
    Stage& added = stages_[count_++];
    added.order = &order_;
    added.record = {.chunk = number_,
                    .stage = stage,
                    .stream = stream_,
                    .enqueued = order_.fetch_add(1, std::memory_order_relaxed) + 1,
                    .ended = 0};
    return added;
  }
  void note(PipelineStage stage, const DeviceWork& work, StreamPoint point) noexcept {
    Stage& added = add(stage);
    added.stream = work.stream;
    added.point = point;
    added.reached = [](PointWait& wait, std::exception_ptr) noexcept { static_cast<Stage&>(wait).end(); };
  }

  std::uint64_t number_;
  std::uint32_t stream_;
  std::atomic<std::uint64_t>& order_;
  Stage stages_[3];
  std::size_t count_ = 0;
};

/// The error that is being handled, with the chunk in its message.
[[noreturn]] void rethrow_of_chunk(std::uint64_t number, const ChunkRange& range) {
  rethrow_named([&](const char* what) {
    return fmt::format("pipeline: chunk {} (elements {} to {}) failed and later ones were not begun: {}", number,
                       range.first, range.first + range.count - 1, what);
  });
}

class Pipeline {
 public:
  Pipeline(const LaunchOptions& launch, const PipelineOptions& options, std::uint64_t elements)
      : launch_(launch), chunk_size_(options.chunk) {
    report_.elements = elements;
    report_.chunks = elements / chunk_size_ + (elements % chunk_size_ == 0 ? 0 : 1);
    report_.streams = static_cast<std::uint32_t>(std::min<std::uint64_t>(options.streams, report_.chunks));
    const Device* const wanted = launch.device != nullptr ? launch.device : launch.runtime->default_device();
    const Device& device = wanted != nullptr ? *wanted : *launch.runtime->devices().front();
    report_.accelerator = device.id;
    for (std::uint32_t i = 0; i < report_.streams; ++i) {
      streams_.push_back(launch.runtime->create_stream(device.id));
    }
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  /// Whatever is under way uses the caller's memory.
  ~Pipeline() {
    for (Chunk& chunk : chunks_) {
      if (chunk.task.valid()) chunk.task.wait();
      chunk.settle(nullptr);
    }
  }

  PipelineReport run(const StartChunk& start) {
    // While a stream computes one chunk it can be given the next.
    const std::uint64_t most_under_way = std::uint64_t{2} * report_.streams;
    for (std::uint64_t number = 0; number < report_.chunks; ++number) {
      if (number >= most_under_way) finish(number - most_under_way);
      begin(number, start);
    }
    while (finished_ < report_.chunks) finish(finished_);
    return std::move(report_);
  }

 private:
  void begin(std::uint64_t number, const StartChunk& start) {
    const std::uint64_t first = number * chunk_size_;
    const ChunkRange range{first, std::min(chunk_size_, report_.elements - first)};
    const auto stream = static_cast<std::uint32_t>(number % report_.streams);
    Chunk& chunk = chunks_.emplace_back(number, stream, range, order_);
    try {
      chunk.task = start(Launcher(launch_).over({range.count}).on(streams_[stream]).watched_by(chunk), range);
    } catch (...) {
      rethrow_of_chunk(number, range);
    }
  }

  /// The oldest that is under way.
  void finish(std::uint64_t number) {
    Chunk& chunk = chunks_.front();
    try {
      const LaunchReport done = chunk.task.get();
      report_.bytes_to_device += done.bytes_to_device;
      report_.bytes_to_host += done.bytes_to_host;
    } catch (...) {
      rethrow_of_chunk(number, chunk.range);
    }
    chunk.settle(&report_.stages);
    chunks_.pop_front();
    ++finished_;
  }

  const LaunchOptions& launch_;
  std::uint64_t chunk_size_;
  PipelineReport report_;
  std::vector<LaunchStream> streams_;
  std::atomic<std::uint64_t> order_{0};
  std::deque<Chunk> chunks_;  ///< Under way, in their order.
  std::uint64_t finished_ = 0;
};

}  // namespace

PipelineReport run_pipeline(const LaunchOptions& launch, const PipelineOptions& options,
                            std::span<const std::optional<std::uint64_t>> sizes, const StartChunk& start) {
  if (options.chunk == 0) refuse("a chunk of 0 elements gets nowhere; give PipelineOptions::chunk");
  if (options.streams == 0) refuse("0 streams carry nothing; give PipelineOptions::streams at least 1");
  if (launch.has_grid) refuse("the grid is the chunk; leave out over(...)");
  if (launch.stream != nullptr) refuse("it has streams of its own; leave out on(stream)");
  return Pipeline(launch, options, size_of_arrays(sizes)).run(start);
}

}  // namespace detail
}  // namespace dotcompute
