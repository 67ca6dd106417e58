#include "cuda_stream.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dotcompute/base/error.hpp>

#include "cuda_memory.hpp"

namespace dotcompute::cuda {

namespace {

constexpr unsigned launches_per_event = 16;

/// Short work ends while its waiter looks; to block and to be woken takes longer than this.
constexpr std::chrono::microseconds spin_time{40};

unsigned narrow(std::uint64_t size) { return static_cast<unsigned>(size); }

}  // namespace

CudaStream::Handle::~Handle() {
  if (stream == nullptr || device.is_lost()) return;
  try {
    const CurrentContext current(device);
    device.driver().cuStreamDestroy(stream);
  } catch (const ComputeError&) {
    // The device went away, and the stream with it.
  }
}

CudaStream::CudaStream(std::shared_ptr<CudaDevice> device) : device_(std::move(device)), handle_(*device_) {
  device_->require_working();
  const CurrentContext current(*device_);
  device_->check(device_->driver().cuStreamCreate(&handle_.stream, stream_non_blocking), "cuStreamCreate");
  events_ = std::make_unique<StreamEvents>(*device_, handle_.stream);
}

CudaStream::~CudaStream() {
  if (device_->is_lost()) return;
  try {
    const CurrentContext current(*device_);
    const Result result = device_->driver().cuStreamSynchronize(handle_.stream);
    if (result != Result::success) device_->note(result, "cuStreamSynchronize", kernels_in_flight());
    events_.reset();
  } catch (const ComputeError&) {
    // The device went away, and its events with it.
  }
}

StreamPoint CudaStream::count_operation() noexcept {
  // One caller enqueues at a time; the number is published when the driver has the operation.
  const StreamPoint point = enqueued_.load(std::memory_order_relaxed) + 1;
  enqueued_.store(point, std::memory_order_release);
  return point;
}

StreamPoint CudaStream::count_copy() {
  const StreamPoint point = count_operation();
  launches_since_event_ = 0;
  const Result result = events_->record(point);
  if (result != Result::success) fail(result, "cuEventRecord");
  return point;
}

StreamPoint CudaStream::write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) {
  assert(offset_bytes <= to.size_bytes() && from.size() <= to.size_bytes() - offset_bytes);
  device_->require_working();
  if (from.empty()) return count_operation();
  const CurrentContext current(*device_);
  const Result result =
      device_->driver().cuMemcpyHtoDAsync(address_of(to) + offset_bytes, from.data(), from.size(), handle_.stream);
  if (result != Result::success) fail(result, "cuMemcpyHtoDAsync");
  return count_copy();
}

StreamPoint CudaStream::read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) {
  assert(offset_bytes <= from.size_bytes() && to.size() <= from.size_bytes() - offset_bytes);
  device_->require_working();
  if (to.empty()) return count_operation();
  const CurrentContext current(*device_);
  const Result result =
      device_->driver().cuMemcpyDtoHAsync(to.data(), address_of(from) + offset_bytes, to.size(), handle_.stream);
  if (result != Result::success) fail(result, "cuMemcpyDtoHAsync");
  return count_copy();
}

StreamPoint CudaStream::copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                             std::uint64_t from_offset_bytes, std::uint64_t size_bytes) {
  assert(to_offset_bytes <= to.size_bytes() && size_bytes <= to.size_bytes() - to_offset_bytes);
  assert(from_offset_bytes <= from.size_bytes() && size_bytes <= from.size_bytes() - from_offset_bytes);
  device_->require_working();
  if (size_bytes == 0) return count_operation();
  CudaDevice& target = static_cast<const CudaMemory&>(to).device();
  CudaDevice& source = static_cast<const CudaMemory&>(from).device();
  assert(&target == device_.get() || &source == device_.get());
  const DeviceAddress to_address = address_of(to) + to_offset_bytes;
  const DeviceAddress from_address = address_of(from) + from_offset_bytes;
  const Driver& driver = device_->driver();
  const CurrentContext current(*device_);
  const bool is_between = &target != &source;
  const Result result = is_between ? driver.cuMemcpyPeerAsync(to_address, target.context(), from_address,
                                                              source.context(), size_bytes, handle_.stream)
                                   : driver.cuMemcpyDtoDAsync(to_address, from_address, size_bytes, handle_.stream);
  if (result != Result::success) fail(result, is_between ? "cuMemcpyPeerAsync" : "cuMemcpyDtoDAsync");
  return count_copy();
}

StreamPoint CudaStream::launch(const DeviceKernel& kernel, const DeviceLaunch& launch) {
  const auto& cuda_kernel = static_cast<const CudaKernel&>(kernel);
  device_->require_working(cuda_kernel.name());
  const LaunchPlan plan = cuda_kernel.plan(launch);
  DeviceLaunch settled = launch;
  settled.grid = plan.grid;
  arguments_.bind(cuda_kernel.definition(), plan.convention, settled);
  const CurrentContext current(*device_, cuda_kernel.name());
  // Before the driver has it: what fails from now on may be this kernel's fault.
  remember(cuda_kernel.name(), enqueued_.load(std::memory_order_relaxed) + 1);

  const Driver& driver = device_->driver();
  for_each_slice(plan.groups, device_->description().largest_grid, [&](const Slice& slice) {
    arguments_.set_first({slice.first_group[0] * plan.group[0], slice.first_group[1] * plan.group[1],
                          slice.first_group[2] * plan.group[2]});
    const Result result =
        driver.cuLaunchKernel(plan.module->function(), narrow(slice.groups[0]), narrow(slice.groups[1]),
                              narrow(slice.groups[2]), narrow(plan.group[0]), narrow(plan.group[1]),
                              narrow(plan.group[2]), 0, handle_.stream, arguments_.pointers(), nullptr);
    device_->check(result, "cuLaunchKernel", cuda_kernel.name());
  });
  const StreamPoint point = count_operation();
  if (++launches_since_event_ < launches_per_event) return point;
  launches_since_event_ = 0;
  device_->check(events_->record(point), "cuEventRecord", cuda_kernel.name());
  return point;
}

StreamPoint CudaStream::wait_for(const Stream& other, StreamPoint point) {
  const auto& stream = static_cast<const CudaStream&>(other);
  device_->require_working();
  stream.device_->require_working();
  if (point > stream.reached_.load(std::memory_order_acquire)) {
    CoveringEvent covering;
    {
      // To record an event, the context of its stream must be the current one.
      const CurrentContext theirs(*stream.device_);
      covering = stream.covering(point);
    }
    const CurrentContext current(*device_);
    const Result result = device_->driver().cuStreamWaitEvent(handle_.stream, covering.event, 0);
    if (result != Result::success) stream.fail(result, "cuStreamWaitEvent");
  }
  return count_operation();
}

CoveringEvent CudaStream::covering(StreamPoint point) const {
  const StreamPoint last = enqueued();
  assert(point <= last);
  Result result = Result::success;
  const CoveringEvent covering = events_->find(point, last, result);
  if (result != Result::success) fail(result, "cuEventRecord");
  return covering;
}

bool CudaStream::is_reached(StreamPoint point) const noexcept {
  if (point <= reached_.load(std::memory_order_acquire) || device_->is_lost()) return true;
  try {
    const CurrentContext current(*device_);
    const CoveringEvent found = covering(point);
    const Result result = device_->driver().cuEventQuery(found.event);
    if (result == Result::not_ready) return false;
    if (result != Result::success) fail(result, "cuEventQuery");
    advance(found.point);
    return true;
  } catch (const ComputeError&) {
    // A sticky failure is the device's from now on, and `wait` reports it; any other may pass.
    return device_->is_lost();
  }
}

void CudaStream::wait(StreamPoint point) const {
  if (point <= reached_.load(std::memory_order_acquire)) return;
  device_->require_working(device_->is_lost() ? kernels_in_flight() : std::string());
  const CurrentContext current(*device_);
  const CoveringEvent found = covering(point);
  if (!spin_until_reached(found)) {
    const Result result = device_->driver().cuEventSynchronize(found.event);
    if (result != Result::success) fail(result, "cuEventSynchronize");
  }
  advance(found.point);
}

bool CudaStream::spin_until_reached(const CoveringEvent& covering) const {
  const auto end = std::chrono::steady_clock::now() + spin_time;
  do {
    const Result result = device_->driver().cuEventQuery(covering.event);
    if (result == Result::success) return true;
    if (result != Result::not_ready) fail(result, "cuEventQuery");
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

void CudaStream::advance(StreamPoint reached) const noexcept {
  StreamPoint known = reached_.load(std::memory_order_relaxed);
  while (known < reached && !reached_.compare_exchange_weak(known, reached, std::memory_order_acq_rel)) {
  }
}

void CudaStream::remember(const std::string& kernel, StreamPoint point) noexcept {
  Launched& launched = launched_[next_launched_];
  next_launched_ = (next_launched_ + 1) % launched_.size();
  launched.kernel.store(&kernel, std::memory_order_relaxed);
  launched.point.store(point, std::memory_order_release);
}

std::string CudaStream::kernels_in_flight() const {
  std::vector<std::pair<StreamPoint, const std::string*>> running;
  for (const Launched& each : launched_) {
    const StreamPoint point = each.point.load(std::memory_order_acquire);
    if (point > reached_.load(std::memory_order_acquire)) {
      running.emplace_back(point, each.kernel.load(std::memory_order_relaxed));
    }
  }
  std::ranges::sort(running);
  std::vector<std::string> names;
  for (const auto& [point, name] : running) {
    if (std::ranges::find(names, *name) == names.end()) names.push_back(*name);
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

void CudaStream::fail(Result result, const char* call) const { device_->fail(result, call, kernels_in_flight()); }

}  // namespace dotcompute::cuda
