#pragma once

/// The uses that a launch takes of the host's memory of its buffers: the order of launches that share some.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <dotcompute/memory/host_uses.hpp>
#include <dotcompute/runtime/calls.hpp>

#include "plan.hpp"

namespace dotcompute::detail {

/// The buffers of a call, and its stream.
struct CallUses {
  const LaunchPlan* plan = nullptr;
  BufferStorage* const* buffers = nullptr;  ///< As in BoundCall.
  HostUses* turns = nullptr;                ///< Of its stream; null if it names none.

  /// Whether there is anything to take.
  [[nodiscard]] bool any() const noexcept { return buffers != nullptr || turns != nullptr; }
};

/// Takes all of them, or none where somebody is in the way of one. One atomic operation for each.
[[nodiscard]] bool try_take(const CallUses& uses) noexcept;

/// Gives them back. Launches that waited for them go on, perhaps on this thread, which holds no lock.
void give_back(const CallUses& uses) noexcept;

/// Asks for all of them in order. `room` is for the places in line and stays where it is until the turn has come; what
/// does not fit is kept in `heap`. Throws ExecutionError if a mapping is in the way; nothing waits then.
[[nodiscard]] HostUses::Turn stand_in_line(const CallUses& uses, UseTicket& ticket, std::span<std::byte> room,
                                           std::unique_ptr<UseWait[]>& heap);

/// The uses of a blocking call, while it holds them.
class HeldUses {
 public:
  explicit HeldUses(const CallUses& uses) noexcept : uses_(uses) {}
  HeldUses(const HeldUses&) = delete;
  HeldUses& operator=(const HeldUses&) = delete;
  ~HeldUses() { give_back(); }

  /// False where somebody is in the way.
  [[nodiscard]] bool try_take() noexcept {
    if (!uses_.any()) return true;
    are_held_ = detail::try_take(uses_);
    return are_held_;
  }
  void give_back() noexcept {
    if (std::exchange(are_held_, false)) detail::give_back(uses_);
  }

 private:
  CallUses uses_;
  bool are_held_ = false;
};

}  // namespace dotcompute::detail
