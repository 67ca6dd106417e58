#include <dotcompute/runtime/launch_stream.hpp>

#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/device_session.hpp>

#include "stream_core.hpp"

namespace dotcompute {

namespace detail {

std::shared_ptr<EventCore> EventCore::record(std::shared_ptr<StreamCore> stream) {
  auto event = std::make_shared<EventCore>(std::move(stream));
  HostUses& turns = event->stream_->turns();
  if (turns.is_free_for(HostUse::write)) {
    event->pass();
    return event;
  }
  event->self_ = event;
  event->place_ = {.uses = &turns, .use = HostUse::write, .is_momentary = true};
  if (HostUses::wait_in_line({&event->place_, 1}, event->turn_) == HostUses::Turn::now) {
    event->pass();
    event->self_.reset();
  }
  return event;
}

void EventCore::Turn::has_come(UseTicket& ticket) noexcept {
  EventCore& event = static_cast<Turn&>(ticket).event;
  event.pass();
  const std::shared_ptr<EventCore> self = std::move(event.self_);
}

void EventCore::pass() noexcept {
  if (SharedStream* const shared = stream_->shared()) mark_ = shared->last_mark();
  EventWait* waits = nullptr;
  {
    const std::lock_guard lock(mutex_);
    waits = std::exchange(waits_, nullptr);
    is_passed_.store(1, std::memory_order_release);
  }
  is_passed_.notify_all();
  while (waits != nullptr) {
    EventWait& wait = *waits;
    waits = wait.after;
    tell_of_mark(wait);
  }
}

void EventCore::wait() {
  wait_and_help(is_passed_, 0);
  mark_.wait();
}

void EventCore::tell(EventWait& wait) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!is_passed()) {
      wait.after = std::exchange(waits_, &wait);
      return;
    }
  }
  tell_of_mark(wait);
}

void EventCore::tell_of_mark(EventWait& wait) noexcept {
  if (mark_.is_reached()) return wait.passed(wait);
  wait.point = mark_.point;
  wait.reached = [](PointWait& reached, std::exception_ptr) noexcept {
    auto& told = static_cast<EventWait&>(reached);
    told.passed(told);
  };
  mark_.stream->tell(wait);
}

namespace {

/// Has the turn of a stream until an event is reached. Owns itself.
class Pause final : public UseTicket, public EventWait {
 public:
  Pause(std::shared_ptr<StreamCore> stream, std::shared_ptr<EventCore> event) noexcept
      : UseTicket(&Pause::has_turn), stream_(std::move(stream)), event_(std::move(event)) {
    passed = &Pause::is_over;
    place_ = {.uses = &stream_->turns(), .use = HostUse::write};
  }
  static void begin(std::unique_ptr<Pause> pause) noexcept {
    Pause& begun = *pause.release();
    if (HostUses::wait_in_line({&begun.place_, 1}, begun) == HostUses::Turn::now) has_turn(begun);
  }

 private:
  static void has_turn(UseTicket& ticket) noexcept {
    Pause& self = static_cast<Pause&>(ticket);
    self.event_->tell(self);
  }
  static void is_over(EventWait& wait) noexcept {
    const std::unique_ptr<Pause> self(&static_cast<Pause&>(wait));
    self->stream_->turns().give_back(HostUse::write);
  }

  std::shared_ptr<StreamCore> stream_;  ///< One of its co-owners.
  std::shared_ptr<EventCore> event_;    ///< The same.
  UseWait place_;
};

/// Whether a stream of one device can be told to wait for a stream of the other.
bool can_wait_there(const StreamCore& stream, const StreamCore& other) noexcept {
  if (stream.shared() == nullptr || other.shared() == nullptr) return false;
  return &stream.device() == &other.device() || stream.device().device->can_access_peer(*other.device().device);
}

}  // namespace

LaunchStream RuntimeCore::create_stream(std::string_view id) {
  const Device& where = device(id);
  SharedStream* const shared = where.session == nullptr ? nullptr : &where.session->lend_stream();
  return LaunchStream(std::make_shared<StreamCore>(*this, where, shared));
}

}  // namespace detail

bool Event::is_reached() const noexcept { return core_->is_reached(); }

void Event::wait() const { core_->wait(); }

LaunchStream::~LaunchStream() {
  // Another stream that is created later may have it: what is enqueued there stays in order.
  if (core_ != nullptr && core_->shared() != nullptr) core_->device().session->take_back(*core_->shared());
}

const std::shared_ptr<detail::StreamCore>& LaunchStream::core() const {
  if (core_ == nullptr) {
    throw ExecutionError(Remedy::fix_input,
                         "a stream was used after it was moved from; use the stream that it was moved to, or create "
                         "another one");
  }
  return core_;
}

std::string_view LaunchStream::accelerator() const { return core()->device().id; }

Event LaunchStream::record() const { return Event(detail::EventCore::record(core())); }

void LaunchStream::wait_for(const Event& event) const {
  detail::StreamCore& stream = *core();
  detail::EventCore& awaited = *event.core_;
  if (awaited.is_reached()) return;
  if (awaited.is_passed() && detail::can_wait_there(stream, awaited.stream())) {
    detail::SharedStream& shared = *stream.shared();
    const std::lock_guard lock(shared.mutex());
    shared.note_enqueued(shared.stream().wait_for(awaited.mark().stream->stream(), awaited.mark().point));
    return;
  }
  if (detail::SharedStream* const other = awaited.stream().shared()) other->prepare_to_tell();
  detail::Pause::begin(std::make_unique<detail::Pause>(core(), event.core_));
}

void LaunchStream::wait() const { record().wait(); }

}  // namespace dotcompute
