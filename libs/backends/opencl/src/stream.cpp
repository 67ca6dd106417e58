#include "stream.hpp"

#include <fmt/format.h>

#include <cassert>
#include <limits>
#include <string>

#include "kernel.hpp"
#include "memory.hpp"

namespace dotcompute::opencl {

namespace {

constexpr StreamPoint never = std::numeric_limits<StreamPoint>::max();

Handle<cl_command_queue> create_queue(Device& device, bool out_of_order) {
  const cl_command_queue_properties properties = out_of_order ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0;
  cl_int code = CL_SUCCESS;
  Handle queue(device.api().clCreateCommandQueue(device.context(), device.id(), properties, &code),
               device.api().clReleaseCommandQueue);
  device.require(code, "clCreateCommandQueue", "creating a stream");
  return queue;
}

}  // namespace

CommandStream::CommandStream(Device& device, std::size_t number, bool out_of_order)
    : device_(device),
      library_(device.api()),
      number_(number),
      queue_(create_queue(device, out_of_order)),
      chained_(out_of_order),
      failed_at_(never) {}

CommandStream::~CommandStream() {
  // A failure was reported to those who waited; nobody else asked.
  static_cast<void>(library_.clFinish(queue_.get()));
  const StreamPoint last = last_.load();
  for (StreamPoint point = reached_.load() + 1; point <= last; ++point) {
    library_.clReleaseEvent(command_at(point).event);
  }
}

StreamPoint CommandStream::write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) {
  require_working();
  if (from.empty()) return last_.load(std::memory_order_relaxed);
  const cl_mem buffer = static_cast<Memory&>(to).buffer();
  // Not flushed: what reads the memory follows.
  return enqueue({nullptr, "clEnqueueWriteBuffer", "copying to its memory", {}},
                 [&](cl_uint count, const cl_event* events, cl_event* event) {
                   return library_.clEnqueueWriteBuffer(queue_.get(), buffer, CL_FALSE, offset_bytes, from.size(),
                                                        from.data(), count, events, event);
                 });
}

StreamPoint CommandStream::read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) {
  require_working();
  if (to.empty()) return last_.load(std::memory_order_relaxed);
  const cl_mem buffer = static_cast<const Memory&>(from).buffer();
  const StreamPoint point = enqueue({nullptr, "clEnqueueReadBuffer", "copying from its memory", {}},
                                    [&](cl_uint count, const cl_event* events, cl_event* event) {
                                      return library_.clEnqueueReadBuffer(queue_.get(), buffer, CL_FALSE, offset_bytes,
                                                                          to.size(), to.data(), count, events, event);
                                    });
  flush_up_to(point);
  return point;
}

StreamPoint CommandStream::copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                                std::uint64_t from_offset_bytes, std::uint64_t size_bytes) {
  assert(to_offset_bytes <= to.size_bytes() && size_bytes <= to.size_bytes() - to_offset_bytes);
  assert(from_offset_bytes <= from.size_bytes() && size_bytes <= from.size_bytes() - from_offset_bytes);
  require_working();
  if (size_bytes == 0) return last_.load(std::memory_order_relaxed);
  const cl_mem target = static_cast<Memory&>(to).buffer();
  const cl_mem source = static_cast<const Memory&>(from).buffer();
  return enqueue({nullptr, "clEnqueueCopyBuffer", "copying on the device", {}},
                 [&](cl_uint count, const cl_event* events, cl_event* event) {
                   return library_.clEnqueueCopyBuffer(queue_.get(), source, target, from_offset_bytes, to_offset_bytes,
                                                       size_bytes, count, events, event);
                 });
}

StreamPoint CommandStream::launch(const DeviceKernel& kernel, const DeviceLaunch& launch) {
  require_working();
  const auto& launched = static_cast<const Kernel&>(kernel);
  const LaunchPlan plan = launched.plan(launch);
  const BorrowedInstance instance(*plan.program, number_);
  DeviceLaunch settled = launch;
  settled.grid = plan.grid;
  instance->set_arguments(settled);
  const std::size_t group[3] = {plan.group[0], plan.group[1], plan.group[2]};
  StreamPoint point = 0;
  for (std::uint64_t i = 0; i < plan.slices.count(); ++i) {
    const Slice slice = plan.slices[i];
    instance->set_first(slice.first);
    const std::size_t global[3] = {slice.global[0], slice.global[1], slice.global[2]};
    point = enqueue({nullptr, "clEnqueueNDRangeKernel", "running a kernel", launched.name()},
                    [&](cl_uint count, const cl_event* events, cl_event* event) {
                      return library_.clEnqueueNDRangeKernel(queue_.get(), instance->kernel(), plan.dimensions, nullptr,
                                                             global, plan.driver_chooses_group ? nullptr : group, count,
                                                             events, event);
                    });
  }
  flush_up_to(point);
  return point;
}

StreamPoint CommandStream::wait_for(const Stream& other, StreamPoint point) {
  require_working();
  const auto& awaited = static_cast<const CommandStream&>(other);
  awaited.throw_failure_before(point);
  // In its own order anyway.
  if (&awaited == this) return last_.load(std::memory_order_relaxed);
  const Handle<cl_event> theirs = awaited.event_of(point);
  if (!theirs) return last_.load(std::memory_order_relaxed);
  awaited.flush_up_to(point);
  return enqueue({nullptr, "clEnqueueBarrierWithWaitList", "waiting for another stream", {}},
                 [&](cl_uint count, const cl_event* events, cl_event* event) {
                   const cl_event both[2] = {theirs.get(), count == 0 ? nullptr : events[0]};
                   return library_.clEnqueueBarrierWithWaitList(queue_.get(), 1 + count, both, event);
                 });
}

bool CommandStream::is_reached(StreamPoint point) const noexcept {
  if (point <= reached_.load(std::memory_order_acquire)) return true;
  if (failed_at_.load(std::memory_order_acquire) != never) return true;
  try {
    flush_up_to(point);
    return retire(point) || failed_at_.load(std::memory_order_acquire) != never;
  } catch (...) {
    // The driver cannot even flush: `wait` says so.
    return true;
  }
}

void CommandStream::wait(StreamPoint point) const {
  assert(point <= last_.load());
  if (point > reached_.load(std::memory_order_acquire)) {
    flush_up_to(point);
    wait_for_command(point);
    // Whoever waits for one command need not hear at once that those before it are complete as well.
    while (!retire(point)) wait_for_command(reached_.load(std::memory_order_acquire) + 1);
  }
  throw_failure_before(point);
}

void CommandStream::require_working() const {
  device_.require_present();
  if (failed_at_.load(std::memory_order_relaxed) != never) throw_failure_before(never);
}

void CommandStream::make_room() {
  while (last_.load(std::memory_order_relaxed) - reached_.load(std::memory_order_acquire) >= capacity) {
    const StreamPoint oldest = reached_.load(std::memory_order_acquire) + 1;
    if (retire(oldest)) continue;
    flush_up_to(last_.load(std::memory_order_relaxed));
    wait_for_command(oldest);
  }
}

/// Queues a command by `call(count, events, event)`, which waits for the `count` events and gives its own.
template <class Enqueue>
StreamPoint CommandStream::enqueue(Command command, const Enqueue& call) {
  make_room();
  const cl_uint count = chained_ && previous_ ? 1 : 0;
  const cl_int code = call(count, count == 0 ? nullptr : previous_.address(), &command.event);
  if (code != CL_SUCCESS) {
    device_.require(
        code, command.call,
        command.kernel.empty() ? std::string(command.doing) : fmt::format("running kernel '{}'", command.kernel),
        command.kernel);
  }
  if (chained_) {
    library_.clRetainEvent(command.event);
    previous_ = Handle<cl_event>(command.event, library_.clReleaseEvent);
  }
  const std::lock_guard lock(mutex_);
  const StreamPoint point = last_.load(std::memory_order_relaxed) + 1;
  command_at(point) = command;
  last_.store(point, std::memory_order_release);
  return point;
}

void CommandStream::flush_up_to(StreamPoint point) const {
  if (point <= flushed_.load(std::memory_order_acquire)) return;
  const StreamPoint last = last_.load(std::memory_order_acquire);
  device_.require(library_.clFlush(queue_.get()), "clFlush", "starting queued work");
  StreamPoint flushed = flushed_.load(std::memory_order_relaxed);
  while (flushed < last && !flushed_.compare_exchange_weak(flushed, last, std::memory_order_acq_rel)) {
  }
}

/// Takes note of what has ended, in order; whether everything up to the point has.
bool CommandStream::retire(StreamPoint point) const {
  const std::lock_guard lock(mutex_);
  const StreamPoint last = last_.load(std::memory_order_relaxed);
  StreamPoint reached = reached_.load(std::memory_order_relaxed);
  while (reached < last) {
    Command& command = command_at(reached + 1);
    cl_int status = CL_COMPLETE;
    const cl_int code =
        library_.clGetEventInfo(command.event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr);
    if (code != CL_SUCCESS) status = code;
    if (status > CL_COMPLETE) break;
    if (status < 0) record_end(reached + 1, status);
    library_.clReleaseEvent(command.event);
    reached_.store(++reached, std::memory_order_release);
  }
  return reached >= point;
}

/// Keeps the first failure; with mutex_ held.
void CommandStream::record_end(StreamPoint point, cl_int status) const {
  if (failure_ != nullptr) return;
  const Command& command = command_at(point);
  failure_ = device_.command_failure(
      command.call, status,
      command.kernel.empty() ? std::string(command.doing) : fmt::format("running kernel '{}'", command.kernel),
      command.kernel);
  failed_at_.store(point, std::memory_order_release);
}

/// Blocks until a command has ended, well or not.
void CommandStream::wait_for_command(StreamPoint point) const {
  const Handle<cl_event> event = event_of(point);
  if (!event) return;
  const cl_int code = library_.clWaitForEvents(1, event.address());
  if (code != CL_SUCCESS && code != CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST) abandon(code);
}

/// The driver can no longer say what becomes of the commands in flight: they count as ended.
void CommandStream::abandon(cl_int code) const {
  const std::lock_guard lock(mutex_);
  const StreamPoint last = last_.load(std::memory_order_relaxed);
  StreamPoint reached = reached_.load(std::memory_order_relaxed);
  if (reached < last) record_end(reached + 1, code);
  while (reached < last) library_.clReleaseEvent(command_at(++reached).event);
  reached_.store(reached, std::memory_order_release);
}

void CommandStream::throw_failure_before(StreamPoint point) const {
  if (point < failed_at_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(mutex_);
  std::rethrow_exception(failure_);
}

/// The event of a command, or none if it is known to have ended.
Handle<cl_event> CommandStream::event_of(StreamPoint point) const {
  const std::lock_guard lock(mutex_);
  if (point <= reached_.load(std::memory_order_relaxed) || point > last_.load(std::memory_order_relaxed)) return {};
  const cl_event event = command_at(point).event;
  library_.clRetainEvent(event);
  return {event, library_.clReleaseEvent};
}

}  // namespace dotcompute::opencl
