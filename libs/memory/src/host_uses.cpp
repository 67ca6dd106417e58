#include <dotcompute/memory/host_uses.hpp>

#include <thread>
#include <utility>

#include <dotcompute/base/task.hpp>

namespace dotcompute::detail {

/// Tickets whose last use was granted, in that order.
class GrantedTickets {
 public:
  constexpr GrantedTickets() noexcept = default;

  void add(UseTicket& ticket) noexcept {
    ticket.after_ = nullptr;
    (last_ == nullptr ? first_ : last_->after_) = &ticket;
    last_ = &ticket;
  }
  /// One use more of the ticket is granted.
  void count(UseTicket& ticket) noexcept {
    if (ticket.missing_.fetch_sub(1, std::memory_order_acq_rel) == 1) add(ticket);
  }
  void take_over(GrantedTickets& other) noexcept {
    if (other.first_ == nullptr) return;
    (last_ == nullptr ? first_ : last_->after_) = other.first_;
    last_ = other.last_;
    other.first_ = other.last_ = nullptr;
  }
  [[nodiscard]] bool begin_one() noexcept {
    if (first_ == nullptr) return false;
    UseTicket& ticket = *first_;
    first_ = ticket.after_;
    if (first_ == nullptr) last_ = nullptr;
    ticket.granted_(ticket);
    return true;
  }

  /// Those of the calling thread that are to be begun.
  [[nodiscard]] static GrantedTickets& of_thread() noexcept;
  void begin() noexcept;

 private:
  UseTicket* first_ = nullptr;
  UseTicket* last_ = nullptr;
};

namespace {

constinit thread_local GrantedTickets granted_here;
constinit thread_local bool begins_launches = false;

}  // namespace

GrantedTickets& GrantedTickets::of_thread() noexcept { return granted_here; }

/// Begins them on this thread. One that ends at once grants others, and so on: they are begun in a row and not one
/// inside the other, so that a line of any length takes no more stack than one.
void GrantedTickets::begin() noexcept {
  granted_here.take_over(*this);
  if (std::exchange(begins_launches, true)) return;
  while (granted_here.begin_one()) continue;
  begins_launches = false;
}

void begin_granted_launches() noexcept {
  while (granted_here.begin_one()) continue;
}

void HostUses::append(UseWait& wait) noexcept {
  wait.after = nullptr;
  (last_ == nullptr ? first_ : last_->after) = &wait;
  last_ = &wait;
}

void HostUses::grant(GrantedTickets& granted) noexcept {
  // Nobody adds users but under the lock, because there is a line; they only leave.
  while (first_ != nullptr && detail::is_free_for(UseWord{word_.load(std::memory_order_acquire)}, first_->use)) {
    const UseWait& wait = *first_;
    if (!wait.is_momentary) word_.fetch_add(unit_of(wait.use), std::memory_order_acq_rel);
    first_ = wait.after;
    granted.count(*wait.ticket);  // The wait may be gone afterwards.
  }
  if (first_ != nullptr) return;
  last_ = nullptr;
  word_.fetch_and(~UseWord::line, std::memory_order_acq_rel);
}

void HostUses::serve_line() noexcept {
  GrantedTickets granted;
  {
    const std::lock_guard lock(mutex_);
    if (first_ != nullptr) grant(granted);
  }
  granted.begin();
}

HostUses::Turn HostUses::wait_in_line(std::span<UseWait> waits, UseTicket& ticket) noexcept {
  // One more for this thread, so that the ticket is not granted before it stands in every line.
  ticket.missing_.store(static_cast<std::uint32_t>(waits.size()) + 1, std::memory_order_relaxed);
  GrantedTickets granted;
  for (const UseWait& wait : waits) wait.uses->mutex_.lock();
  bool is_refused = false;
  for (UseWait& wait : waits) {
    if (!wait.uses->is_mapped_against_locked(wait.use)) continue;
    std::swap(wait, waits.front());
    is_refused = true;
    break;
  }
  if (!is_refused) {
    for (UseWait& wait : waits) {
      wait.ticket = &ticket;
      wait.uses->append(wait);
      wait.uses->word_.fetch_or(UseWord::line, std::memory_order_acq_rel);
    }
  }
  // Not before this thread stands in all lines: whoever comes after it in one comes after it in every one.
  for (UseWait& wait : waits) {
    HostUses& uses = *wait.uses;
    if (!is_refused) uses.grant(granted);
    uses.mutex_.unlock();
  }
  const bool is_last = !is_refused && ticket.missing_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  granted.begin();
  if (is_refused) return Turn::refused;
  return is_last ? Turn::now : Turn::later;
}

bool HostUses::try_map(HostUse use) noexcept {
  const std::lock_guard lock(mutex_);
  if (!try_take(use)) return false;
  mapped_ = with(mapped_, use);
  return true;
}

void HostUses::unmap(HostUse use) noexcept {
  {
    const std::lock_guard lock(mutex_);
    mapped_ = without(mapped_, use);
  }
  give_back(use);
}

bool HostUses::is_mapped_against(HostUse use) const noexcept {
  const std::lock_guard lock(mutex_);
  return is_mapped_against_locked(use);
}

void wait_and_help(std::atomic<std::uint32_t>& flag, std::uint32_t value) noexcept {
  const WaitingWork work = waiting_work();
  while (flag.load(std::memory_order_acquire) == value) {
    begin_granted_launches();
    if (work.run_some == nullptr) {
      flag.wait(value, std::memory_order_acquire);
    } else if (!work.run_some(work.context)) {
      std::this_thread::yield();
    }
  }
}

namespace {

/// A thread that stands in line.
class WaitingThread : public UseTicket {
 public:
  WaitingThread() noexcept : UseTicket(&WaitingThread::wake) {}
  ~WaitingThread() = default;

  void wait() noexcept {
    wait_and_help(is_granted_, no);
    // Until whoever woke it is done with this object.
    while (is_granted_.load(std::memory_order_acquire) != done) std::this_thread::yield();
  }

 private:
  static constexpr std::uint32_t no = 0;
  static constexpr std::uint32_t yes = 1;
  static constexpr std::uint32_t done = 2;

  static void wake(UseTicket& ticket) noexcept {
    auto& self = static_cast<WaitingThread&>(ticket);
    self.is_granted_.store(yes, std::memory_order_release);
    self.is_granted_.notify_all();
    self.is_granted_.store(done, std::memory_order_release);
  }

  std::atomic<std::uint32_t> is_granted_{no};
};

enum class WaitsFor { use, those_before };

/// False if a mapping is in the way.
bool stand_in_line(HostUses& uses, HostUse use, WaitsFor what) noexcept {
  WaitingThread thread;
  UseWait wait{.uses = &uses, .use = use, .is_momentary = what == WaitsFor::those_before};
  const HostUses::Turn turn = HostUses::wait_in_line({&wait, 1}, thread);
  if (turn == HostUses::Turn::later) thread.wait();
  return turn != HostUses::Turn::refused;
}

}  // namespace

bool wait_for_uses(HostUses& uses, HostUse use) noexcept {
  return uses.is_free_for(use) || stand_in_line(uses, use, WaitsFor::those_before);
}

std::optional<HeldUse> HeldUse::take(HostUses& uses, HostUse use) noexcept {
  // A thread that helps others while it waits must not be what they wait for: it takes its use only when it is back.
  const bool helps = waiting_work().run_some != nullptr;
  while (!uses.try_take(use)) {
    if (!stand_in_line(uses, use, helps ? WaitsFor::those_before : WaitsFor::use)) return std::nullopt;
    if (!helps) break;
  }
  return HeldUse(uses, use);
}

std::optional<std::array<HeldUse, 2>> HeldUse::take_both(HostUses& read, HostUses& written) noexcept {
  // Whoever waits for one does not hold the other: another thread may want them the other way round.
  for (;;) {
    std::optional<HeldUse> reading = take(read, HostUse::read);
    if (!reading) return std::nullopt;
    if (written.try_take(HostUse::write)) {
      return std::array<HeldUse, 2>{*std::move(reading), HeldUse(written, HostUse::write)};
    }
    reading.reset();
    if (!wait_for_uses(written, HostUse::write)) return std::nullopt;
  }
}

}  // namespace dotcompute::detail
