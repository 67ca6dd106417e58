#pragma once

/// The order in which launches use a buffer's memory on the host.
///
/// A use is taken before the memory is touched and given back afterwards. Uses are granted in the order in which they
/// were asked for, readers in a row together, a writer alone. Where nobody stands in the way that is one atomic
/// operation each. A launch of several buffers stands in the lines of all of them at once, so that no two launches wait
/// for each other.
///
/// Nobody sleeps while holding a use: a thread that must wait has its launch begun by whoever gives back the last use
/// that it waits for. So a thread that is asked to help others, and comes to wait once more while it does, holds up
/// nobody.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/use_word.hpp>

namespace dotcompute::detail {

class HostUses;

/// Something that waits for uses. It belongs to whoever waits and stays at its address until `granted` is called;
/// nothing of it is touched afterwards.
class UseTicket {
 public:
  /// All uses are granted. Called on the thread that gave back the last one, which holds no lock.
  using Granted = void (*)(UseTicket& ticket) noexcept;

  explicit UseTicket(Granted granted) noexcept : granted_(granted) {}
  UseTicket(const UseTicket&) = delete;
  UseTicket& operator=(const UseTicket&) = delete;

 protected:
  ~UseTicket() = default;

 private:
  friend class HostUses;
  friend class GrantedTickets;

  Granted granted_;
  std::atomic<std::uint32_t> missing_{0};
  UseTicket* after_ = nullptr;  ///< Among those that are granted.
};

/// One place in one line. Belongs to the ticket's owner, who keeps it until `granted`.
struct UseWait {
  HostUses* uses = nullptr;
  HostUse use = HostUse::read;
  /// Whether the use is over as soon as it is granted: for those who only want what came before to be done.
  bool is_momentary = false;
  // For the line.
  UseTicket* ticket = nullptr;
  UseWait* after = nullptr;
};

/// The uses of one buffer's memory. Thread-safe. Nobody stands in line when it is destroyed.
class DOTCOMPUTE_API HostUses {
 public:
  HostUses() noexcept = default;
  HostUses(const HostUses&) = delete;
  HostUses& operator=(const HostUses&) = delete;
  ~HostUses() = default;

  /// Takes the use if nobody is in the way.
  [[nodiscard]] bool try_take(HostUse use) noexcept {
    std::uint32_t bits = word_.load(std::memory_order_relaxed);
    while (may_take({bits}, use)) {
      if (word_.compare_exchange_weak(bits, with({bits}, use).bits, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  /// Ends a use. Whoever waited for it goes on, perhaps on the calling thread, which holds no lock of a buffer or
  /// stream.
  void give_back(HostUse use) noexcept {
    const std::uint32_t before = word_.fetch_sub(unit_of(use), std::memory_order_acq_rel);
    if (must_serve_line(without({before}, use))) serve_line();
  }

  /// Whether the use could begin now. What earlier uses wrote is then visible to the caller.
  [[nodiscard]] bool is_free_for(HostUse use) const noexcept {
    return may_take({word_.load(std::memory_order_acquire)}, use);
  }

  /// How `wait_in_line` ended.
  enum class Turn : std::uint8_t {
    now,      ///< Every use is granted; `granted` is not called.
    later,    ///< `granted` will be called, or was already.
    refused,  ///< One of them is in the way of a mapping; nobody waits for anything.
  };

  /// Asks for uses of several buffers at once. `waits` name each buffer once and are sorted by the buffers' addresses.
  /// Where it says `refused`, `waits.front()` is the first that a mapping refuses.
  [[nodiscard]] static Turn wait_in_line(std::span<UseWait> waits, UseTicket& ticket) noexcept;

  /// Holds the memory for the program itself, until it says otherwise. False if another use is in the way, or was asked
  /// for before.
  [[nodiscard]] bool try_map(HostUse use) noexcept;
  void unmap(HostUse use) noexcept;
  [[nodiscard]] bool is_mapped_for_writing() const noexcept { return is_mapped_against(HostUse::read); }
  /// Whether the use is in the way of a mapping.
  [[nodiscard]] bool is_mapped_against(HostUse use) const noexcept;

 private:
  friend class GrantedTickets;

  [[nodiscard]] bool is_mapped_against_locked(HostUse use) const noexcept {
    return mapped_.bits != 0 && !detail::is_free_for(mapped_, use);
  }
  void append(UseWait& wait) noexcept;
  /// Grants what can be granted; the lock is held.
  void grant(class GrantedTickets& granted) noexcept;
  void serve_line() noexcept;

  std::atomic<std::uint32_t> word_{0};
  UseWord mapped_;
  mutable std::mutex mutex_;  ///< Of the line and of `mapped_`. Held for a few instructions.
  UseWait* first_ = nullptr;
  UseWait* last_ = nullptr;
};

/// Goes on with launches that were granted on this thread and are not yet begun, because the thread is in the middle of
/// beginning others. Whoever waits for a launch calls it first.
DOTCOMPUTE_API void begin_granted_launches() noexcept;

/// Returns when `flag` is no longer `value`, whoever changes it notifies. Works on what the thread's team has to do
/// meanwhile.
DOTCOMPUTE_API void wait_and_help(std::atomic<std::uint32_t>& flag, std::uint32_t value) noexcept;

/// Returns when every use that is in the way of this one, and was asked for before, is over. False if a mapping is in
/// the way.
[[nodiscard]] DOTCOMPUTE_API bool wait_for_uses(HostUses& uses, HostUse use) noexcept;

/// A use of the calling thread, for as long as it touches the memory itself.
class DOTCOMPUTE_API HeldUse {
 public:
  HeldUse() noexcept = default;
  HeldUse(HeldUse&& other) noexcept : uses_(other.uses_), use_(other.use_) { other.uses_ = nullptr; }
  HeldUse& operator=(HeldUse&&) = delete;
  ~HeldUse() {
    if (uses_ != nullptr) uses_->give_back(use_);
  }

  /// Waits for it; empty if a mapping is in the way.
  [[nodiscard]] static std::optional<HeldUse> take(HostUses& uses, HostUse use) noexcept;
  /// The uses of two different buffers at once.
  [[nodiscard]] static std::optional<std::array<HeldUse, 2>> take_both(HostUses& read, HostUses& written) noexcept;

 private:
  HeldUse(HostUses& uses, HostUse use) noexcept : uses_(&uses), use_(use) {}

  HostUses* uses_ = nullptr;
  HostUse use_ = HostUse::read;
};

}  // namespace dotcompute::detail
