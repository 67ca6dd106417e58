#pragma once

/// A stream of a device that the threads of a program share.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace dotcompute::detail {

/// What someone wants to be told of one point of a stream. It belongs to whoever adds it and stays at its address until
/// `reached` was called; nothing of it is touched afterwards.
struct PointWait {
  StreamPoint point = 0;
  /// `error` is what Stream::wait threw; null if the point was reached.
  void (*reached)(PointWait& wait, std::exception_ptr error) noexcept = nullptr;

 private:
  friend class SharedStream;
  PointWait* before_ = nullptr;
  PointWait* after_ = nullptr;
};

struct StreamMark;

/// A stream with a lock for enqueueing, and a thread that tells of points.
/// The thread starts with the first wish to be told, and is never one of the driver's.
class DOTCOMPUTE_API SharedStream {
 public:
  /// `index` tells the streams of one device apart.
  SharedStream(DeviceAccelerator& accelerator, std::size_t index)
      : accelerator_(accelerator), stream_(accelerator.create_stream()), number_(next_number()), index_(index) {}
  SharedStream(const SharedStream&) = delete;
  SharedStream& operator=(const SharedStream&) = delete;
  /// Every wait has been told of.
  ~SharedStream();

  /// Hold it to enqueue operations. Nobody takes another stream's while holding it.
  [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }
  [[nodiscard]] Stream& stream() noexcept { return *stream_; }
  [[nodiscard]] const Stream& stream() const noexcept { return *stream_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  /// Different for every stream that the process ever had; not 0.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] const DeviceAccelerator& accelerator() const noexcept { return accelerator_; }

  /// The last operation of all that it was given is complete at `point`. The lock is held.
  void note_enqueued(StreamPoint point) noexcept { last_point_.store(point, std::memory_order_release); }
  /// When all that was noted is complete.
  [[nodiscard]] StreamMark last_mark() noexcept;
  /// Whether it has done all that was noted.
  [[nodiscard]] bool is_idle() const noexcept {
    return stream_->is_reached(last_point_.load(std::memory_order_acquire));
  }

  /// It failed, and nothing new is to be enqueued; see DeviceSession::retire.
  void retire() noexcept { is_retired_.store(true, std::memory_order_release); }
  [[nodiscard]] bool is_retired() const noexcept { return is_retired_.load(std::memory_order_acquire); }

  /// Makes the thread that `tell` needs. Throws DeviceError if the system has none to give.
  void prepare_to_tell();
  /// Calls `wait.reached` on the stream's thread once its point is reached, in the order of these calls.
  void tell(PointWait& wait) noexcept;
  /// Takes a wish back; false if it is being fulfilled.
  [[nodiscard]] bool take_back(PointWait& wait) noexcept;

  /// Leaves the stream and its thread to the process, for one that was forked off and does not have them.
  static void abandon(std::unique_ptr<SharedStream> stream) noexcept;

 private:
  [[nodiscard]] static std::uint64_t next_number() noexcept;
  void tell_of_points() noexcept;
  void unlink(PointWait& wait) noexcept;

  DeviceAccelerator& accelerator_;
  std::unique_ptr<Stream> stream_;
  std::uint64_t number_;
  std::size_t index_;
  std::mutex mutex_;
  std::atomic<StreamPoint> last_point_{0};
  std::atomic<bool> is_retired_{false};

  std::mutex waits_mutex_;
  std::condition_variable waits_changed_;
  PointWait* first_ = nullptr;
  PointWait* last_ = nullptr;
  bool closing_ = false;
  std::thread teller_;
};

/// A point of a stream; with no stream one that is always reached.
struct StreamMark {
  SharedStream* stream = nullptr;
  StreamPoint point = 0;

  /// True also where the stream failed.
  [[nodiscard]] bool is_reached() const noexcept { return stream == nullptr || stream->stream().is_reached(point); }
  /// Throws DeviceError if an operation up to the point failed.
  void wait() const {
    if (stream != nullptr) stream->stream().wait(point);
  }
  friend bool operator==(const StreamMark&, const StreamMark&) = default;
};

inline StreamMark SharedStream::last_mark() noexcept { return {this, last_point_.load(std::memory_order_acquire)}; }

}  // namespace dotcompute::detail
