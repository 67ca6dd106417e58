#pragma once

/// A stream of a device.

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include <dotcompute/device/device_accelerator.hpp>

#include "argument_list.hpp"
#include "cuda_device.hpp"
#include "cuda_kernel.hpp"
#include "stream_events.hpp"

namespace dotcompute::cuda {

class CudaStream final : public Stream {
 public:
  /// Throws DeviceError and OutOfMemoryError.
  explicit CudaStream(std::shared_ptr<CudaDevice> device);
  ~CudaStream() override;
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;

  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override;
  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override;
  StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                   std::uint64_t from_offset_bytes, std::uint64_t size_bytes) override;
  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override;
  StreamPoint wait_for(const Stream& other, StreamPoint point) override;
  [[nodiscard]] bool is_reached(StreamPoint point) const noexcept override;
  void wait(StreamPoint point) const override;

 private:
  /// A launch that may still run when something fails.
  struct Launched {
    std::atomic<StreamPoint> point{0};
    std::atomic<const std::string*> kernel{nullptr};  ///< Lives as long as the device.
  };
  /// Destroys the driver's stream, also where a constructor throws after it was made.
  struct Handle {
    explicit Handle(CudaDevice& its_device) : device(its_device) {}
    ~Handle();
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    CudaDevice& device;
    StreamHandle stream = nullptr;
  };

  [[nodiscard]] StreamPoint enqueued() const noexcept { return enqueued_.load(std::memory_order_acquire); }
  StreamPoint count_operation() noexcept;
  StreamPoint count_copy();
  void remember(const std::string& kernel, StreamPoint point) noexcept;
  void advance(StreamPoint reached) const noexcept;
  /// The launches that may not be complete, for messages: "a or b".
  [[nodiscard]] std::string kernels_in_flight() const;
  [[noreturn]] void fail(Result result, const char* call) const;
  [[nodiscard]] CoveringEvent covering(StreamPoint point) const;
  [[nodiscard]] bool spin_until_reached(const CoveringEvent& covering) const;

  /// Shared with the accelerator and all that it made.
  const std::shared_ptr<CudaDevice> device_;
  Handle handle_;
  mutable std::unique_ptr<StreamEvents> events_;
  ArgumentList arguments_;
  unsigned launches_since_event_ = 0;

  std::atomic<StreamPoint> enqueued_{0};
  mutable std::atomic<StreamPoint> reached_{0};
  std::array<Launched, 16> launched_;
  std::size_t next_launched_ = 0;
};

}  // namespace dotcompute::cuda
