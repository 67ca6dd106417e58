#pragma once

/// Launches that are recorded once and replayed as a whole.
///
///     dotcompute::LaunchSequence step;
///     step.record(runtime.prepare(demo::blur, width, in, blurred));
///     step.record(runtime.on("opencl:0").prepare(demo::edges, blurred, out));
///     while (running) step.replay();

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/runtime/prepared_launch.hpp>
#include <dotcompute/runtime/report.hpp>

namespace dotcompute {

/// What a replay did.
struct SequenceReport {
  /// `stopped` where one of the launches was; those behind it were not begun.
  LaunchOutcome outcome = LaunchOutcome::completed;
  std::size_t completed = 0;          ///< Recorded launches that are complete: all, unless one was stopped.
  std::uint64_t launches = 0;         ///< Kernels that were given to devices; empty grids need none.
  std::uint64_t bytes_to_device = 0;  ///< As in LaunchReport, of all launches together.
  std::uint64_t bytes_to_host = 0;
};

namespace detail {

/// A buffer of launches on the host.
struct SequenceUse {
  BufferStorage* buffer = nullptr;
  bool is_written = false;  ///< By one of them.
};

/// The calls of a sequence, in their order.
class DOTCOMPUTE_API RecordedCalls {
 public:
  RecordedCalls() = default;
  RecordedCalls(const RecordedCalls&) = delete;
  RecordedCalls& operator=(const RecordedCalls&) = delete;
  ~RecordedCalls();

  /// Holds the call; null stands for a PreparedLaunch that was moved from.
  void record(PreparedCall* call);
  [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }
  [[nodiscard]] SequenceReport replay() const;
  [[nodiscard]] SequenceReport replay(std::span<LaunchReport> reports) const;

  [[noreturn]] static void throw_moved_from();

 private:
  friend class SequenceReplay;

  std::vector<PreparedCall*> calls_;
  std::size_t host_calls_ = 0;     ///< So many at the beginning only call code on the host,
  std::vector<SequenceUse> uses_;  ///< with these buffers, each once.
};

}  // namespace detail

/// Prepared launches that are run one after the other by one call, which costs less than a call for each. What they
/// hold and borrow, and how they find their kernels again when others were loaded or unloaded meanwhile, is as with
/// each PreparedLaunch; values stay as they were when it was prepared. The launches may be of several kernels and
/// devices. The sequence must not outlive their Runtime.
///
/// Each launch sees what those before it wrote. Launches on devices whose spans all are buffers are enqueued without
/// waiting for those before them, since the order of their buffers is kept; every other launch begins when those before
/// it are complete. Launches of others that share buffers with the sequence may come in between, but not where a
/// sequence begins with launches on the host and nobody is in their way: these take their buffers once for all of them.
///
/// Several threads may replay at once as far as the kernels' writes allow; `record` and moving need the sequence for
/// themselves. What is done with a sequence that was moved from throws ExecutionError.
class LaunchSequence {
 public:
  LaunchSequence() : calls_(std::make_unique<detail::RecordedCalls>()) {}

  /// Puts the launch behind those that are recorded. It is shared: the PreparedLaunch may go, be run by itself, and be
  /// recorded again. Throws ExecutionError if it was moved from.
  void record(const PreparedLaunch& launch) { calls().record(launch.call_); }

  /// The number of recorded launches.
  [[nodiscard]] std::size_t size() const { return calls().size(); }

  /// Runs the launches and returns when they are complete; without any it does nothing. A launch that is stopped ends
  /// the replay. So does one that fails: the error, of the class that the launch threw, names its place in the sequence
  /// and its kernel; those before it are complete, those behind it were not begun. Where a device had been given some
  /// of these already, the error says up to which, and the buffers that they wrote have no content.
  SequenceReport replay() const { return calls().replay(); }

  /// The same, with the report of each launch that is complete or was stopped, in their order. Throws ExecutionError if
  /// there is room for fewer reports than recorded launches.
  SequenceReport replay(std::span<LaunchReport> reports) const { return calls().replay(reports); }

 private:
  [[nodiscard]] detail::RecordedCalls& calls() const {
    if (calls_ == nullptr) detail::RecordedCalls::throw_moved_from();
    return *calls_;
  }

  std::unique_ptr<detail::RecordedCalls> calls_;  ///< Null if it was moved from.
};

}  // namespace dotcompute
