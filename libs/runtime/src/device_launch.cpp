#include "device_launch.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/device_session.hpp>

#include "argument_memory.hpp"
#include "device_arguments.hpp"
#include "place.hpp"
#include "stream_core.hpp"

namespace dotcompute::detail {

namespace {

ErrorContext context_of(const LaunchPlan& plan, const ComputeError& error) {
  ErrorContext context = error.context();
  context.kernel = plan.kernel;
  context.device = plan.device->id;
  if (context.cause.empty()) context.cause = error.what();
  return context;
}

/// The operations of one launch on their way into its stream, whose lock is held.
class Enqueueing {
 public:
  Enqueueing(DeviceSession& session, SharedStream& stream, DeviceArguments& arguments, DeviceWork& work) noexcept
      : session_(session), stream_(stream), arguments_(arguments), work_(work) {}

  void upload() {
    for (PlacedSpan& span : arguments_.spans()) {
      if (!span.is_owner() || span.size_bytes == 0) continue;
      if (span.buffer != nullptr) {
        work_.bytes_to_device += span.buffer->place(stream_, session_, span.use(), span.range());
      } else {
        // Written spans too: a kernel may leave elements as they are.
        span.block.order(stream_);
        work_.complete = stream_.stream().write(span.block.memory(), 0, span.bytes());
        work_.placed = work_.complete;
        work_.bytes_to_device += span.size_bytes;
      }
    }
  }

  void launch(const DeviceKernel& kernel, const DeviceLaunch& launch) {
    work_.launched = stream_.stream().launch(kernel, launch);
    work_.complete = work_.launched;
    for (PlacedSpan& span : arguments_.spans()) {
      if (!span.is_owner() || span.buffer == nullptr) continue;
      span.buffer->note_use(session_, {&stream_, work_.launched}, span.use(), span.range());
    }
  }

  void read_back() {
    for (PlacedSpan& span : arguments_.spans()) {
      if (!span.is_owner() || !span.block || !span.is_written) continue;
      work_.complete = stream_.stream().read(span.bytes(), span.block.memory(), 0);
      work_.bytes_to_host += span.size_bytes;
    }
  }

 private:
  DeviceSession& session_;
  SharedStream& stream_;
  DeviceArguments& arguments_;
  DeviceWork& work_;
};

/// The caller's memory is the caller's again when this returns.
void wait_after_failure(const DeviceWork& work) noexcept {
  try {
    work.stream->stream().wait(work.complete);
  } catch (...) {
    // The failure that led here is the one that is reported.
  }
}

/// The error of a launch, with the kernel and the device in its message: "kernel <name> <verb> <device>: <what>".
template <class Error>
std::exception_ptr named(const LaunchPlan& plan, const Error& error, std::string_view verb, std::string_view effect) {
  return std::make_exception_ptr(Error(
      error.remedy(), fmt::format("kernel {} {} {}: {}{}", plan.kernel, verb, plan.device->id, error.what(), effect),
      context_of(plan, error)));
}

std::exception_ptr named(const LaunchPlan& plan, const std::exception_ptr& error, std::string_view verb,
                         std::string_view effect) {
  try {
    std::rethrow_exception(error);
  } catch (const OutOfMemoryError& known) {
    return named(plan, known, verb, effect);
  } catch (const DeviceError& known) {
    return named(plan, known, verb, effect);
  } catch (...) {
    return error;
  }
}

/// The stream whose work the launch depends on, else one that has nothing to do. The buffers are locked.
SharedStream& choose_stream(DeviceSession& session, DeviceArguments& arguments) {
  for (const PlacedSpan& span : arguments.spans()) {
    if (!span.is_owner() || span.buffer == nullptr || span.size_bytes == 0) continue;
    const DeviceReplica* const replica = span.buffer->replica(session);
    if (replica == nullptr) continue;
    if (SharedStream* const stream = replica->stream_of_uses(span.range(), span.use())) return *stream;
  }
  return session.stream();
}

void enqueue(const LaunchOptions& options, const BoundCall& bound, const StreamWish& wish, StepClock& clock,
             DeviceWork& work, Admission& admission) {
  const LaunchPlan& plan = *bound.plan;
  DeviceSession& session = *plan.device->session;
  session.check_process();
  DeviceArguments arguments(bound);
  const BufferLocks locks(arguments.spans());
  SharedStream& stream = wish.stream != nullptr ? *wish.stream : choose_stream(session, arguments);
  work.stream = &stream;
  if (wish.is_told_of) stream.prepare_to_tell();
  allocate_arguments(plan, session, arguments, work, admission);
  const DeviceLaunch launch{bound.block,
                            arguments.describe(session),
                            {{bound.grid.x, bound.grid.y, bound.grid.z}},
                            {{options.group.x, options.group.y, options.group.z}}};
  std::unique_lock lock(stream.mutex());
  Enqueueing enqueueing(session, stream, arguments, work);
  try {
    enqueueing.upload();
    clock.ended(&StepTimes::place_ns);
    enqueueing.launch(*plan.device_code, launch);
    enqueueing.read_back();
  } catch (const DeviceError&) {
    wait_after_failure(work);
    arguments.give_back_blocks({&stream, work.complete});
    lock.unlock();
    session.retire(stream);
    throw;
  } catch (...) {
    wait_after_failure(work);
    arguments.give_back_blocks({&stream, work.complete});
    throw;
  }
  arguments.give_back_blocks({&stream, work.complete});
  stream.note_enqueued(work.complete);
}

/// Memory that is locked by other launches is free soon.
void enqueue_in_turn(const LaunchOptions& options, const BoundCall& bound, const StreamWish& wish, StepClock& clock,
                     DeviceWork& work) {
  Admission admission(*bound.plan->device->session);
  for (;;) {
    try {
      return enqueue(options, bound, wish, clock, work, admission);
    } catch (const MemoryIsBusyError&) {
      admission.wait();
    }
  }
}

}  // namespace

DeviceWork enqueue_on_device(const LaunchOptions& options, const BoundCall& bound, const StreamWish& wish,
                             StepClock& clock) {
  DeviceWork work;
  try {
    enqueue_in_turn(options, bound, wish, clock, work);
  } catch (const DeviceError& error) {
    const std::exception_ptr thrown = std::current_exception();
    if (work.launched != 0) std::rethrow_exception(fail_on_device(*bound.plan, bound.buffers, work, thrown));
    if (!error.context().kernel.empty()) throw;
    std::rethrow_exception(named(*bound.plan, thrown, "was not launched on", ""));
  }
  return work;
}

void lose_results(const LaunchPlan& plan, BufferStorage* const* buffers, const DeviceWork& work, std::string_view how) {
  if (buffers == nullptr) return;
  const std::string why = fmt::format("the launch of {} on {} that wrote it {}", plan.kernel, plan.device->id, how);
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    if (buffers[i] != nullptr && plan.parameters[i].shape.is_written) {
      buffers[i]->lose({work.stream, work.launched}, why);
    }
  }
}

std::exception_ptr fail_on_device(const LaunchPlan& plan, BufferStorage* const* buffers, const DeviceWork& work,
                                  const std::exception_ptr& error) {
  plan.device->session->retire(*work.stream);
  lose_results(plan, buffers, work, "failed");
  return named(plan, error, "failed on", "; the buffers it writes have no content until they are written again");
}

void wait_on_device(const LaunchPlan& plan, BufferStorage* const* buffers, const DeviceWork& work) {
  std::exception_ptr error;
  try {
    work.stream->stream().wait(work.complete);
  } catch (...) {
    error = std::current_exception();
  }
  tidy_after(plan);
  if (error) std::rethrow_exception(fail_on_device(plan, buffers, work, error));
}

void tidy_after(const LaunchPlan& plan) noexcept { plan.device->session->memory().pool().tidy(); }

DeviceWork begin_on_device(const LaunchOptions& options, const BoundCall& bound, LaunchReport& report, StepClock& clock,
                           HeldUses& uses) {
  SharedStream* const stream = options.stream == nullptr ? nullptr : options.stream->shared();
  const DeviceWork work = enqueue_on_device(options, bound, {stream, false}, clock);
  uses.give_back();
  report.bytes_to_device = work.bytes_to_device;
  report.bytes_to_host = work.bytes_to_host;
  report.launches = 1;
  return work;
}

void run_on_device(const LaunchOptions& options, const BoundCall& bound, LaunchReport& report, StepClock& clock,
                   HeldUses& uses) {
  if (options.stop.stop_requested()) {
    report.outcome = LaunchOutcome::stopped;
    return;
  }
  wait_on_device(*bound.plan, bound.buffers, begin_on_device(options, bound, report, clock, uses));
}

}  // namespace dotcompute::detail
