#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string_view>

#include <dotcompute/device/device_accelerator.hpp>

#include "device.hpp"
#include "handle.hpp"
#include "opencl_headers.hpp"

namespace dotcompute::opencl {

/// A command queue, and the events of those of its commands that are not known to be complete.
class CommandStream final : public Stream {
 public:
  /// `number` tells the streams of a device apart. `out_of_order` uses a queue that may reorder, and has every command
  /// wait for the one before it.
  CommandStream(Device& device, std::size_t number, bool out_of_order);
  ~CommandStream() override;

  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override;
  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override;
  StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                   std::uint64_t from_offset_bytes, std::uint64_t size_bytes) override;
  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override;
  StreamPoint wait_for(const Stream& other, StreamPoint point) override;
  bool is_reached(StreamPoint point) const noexcept override;
  void wait(StreamPoint point) const override;

  /// How many commands may be in flight; the next one waits for the oldest.
  static constexpr std::size_t capacity = 256;

 private:
  /// A command in flight. The texts live as long as the device.
  struct Command {
    cl_event event = nullptr;
    const char* call = "";
    std::string_view doing;
    std::string_view kernel;
  };

  void require_working() const;
  void make_room();
  template <class Enqueue>
  StreamPoint enqueue(Command command, const Enqueue& call);
  void flush_up_to(StreamPoint point) const;
  [[nodiscard]] bool retire(StreamPoint point) const;
  void wait_for_command(StreamPoint point) const;
  void record_end(StreamPoint point, cl_int status) const;
  void abandon(cl_int code) const;
  void throw_failure_before(StreamPoint point) const;
  [[nodiscard]] Handle<cl_event> event_of(StreamPoint point) const;
  [[nodiscard]] Command& command_at(StreamPoint point) const noexcept { return commands_[point % capacity]; }

  Device& device_;
  const Library& library_;
  std::size_t number_;
  Handle<cl_command_queue> queue_;
  bool chained_;               ///< Whether each command names the one before it as what it waits for.
  Handle<cl_event> previous_;  ///< Where chained: the last command. Touched by the enqueueing thread only.

  /// Between the thread that enqueues and those that wait; held for some loads and stores and the driver's answer about
  /// an event, never while anything is waited for.
  mutable std::mutex mutex_;
  mutable std::array<Command, capacity> commands_;  ///< Those in (reached_, last_]; guarded by mutex_.
  mutable std::exception_ptr failure_;              ///< Guarded by mutex_.

  std::atomic<StreamPoint> last_{0};  ///< Enqueued.
  mutable std::atomic<StreamPoint> flushed_{0};
  mutable std::atomic<StreamPoint> reached_{0};  ///< Known to have ended, well or not.
  mutable std::atomic<StreamPoint> failed_at_;   ///< The first command that failed.
};

}  // namespace dotcompute::opencl
