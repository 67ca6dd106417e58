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

/// Takes all of them, or none where somebody is in the way of one. One atomic operation for each buffer.
[[nodiscard]] bool try_take_uses(const LaunchPlan& plan, BufferStorage* const* buffers) noexcept;

/// Gives them back. Launches that waited for them go on, perhaps on this thread, which holds no lock.
void give_back_uses(const LaunchPlan& plan, BufferStorage* const* buffers) noexcept;

/// Asks for all of them in order. `room` is for the places in line and stays where it is until the turn has come; what
/// does not fit is kept in `heap`. Throws ExecutionError if a mapping is in the way; nothing waits then.
[[nodiscard]] HostUses::Turn stand_in_line(const LaunchPlan& plan, BufferStorage* const* buffers, UseTicket& ticket,
                                           std::span<std::byte> room, std::unique_ptr<UseWait[]>& heap);

/// The uses of a blocking call, while it holds them.
class UsesOfCall {
 public:
  UsesOfCall(const LaunchPlan& plan, BufferStorage* const* buffers) noexcept : plan_(&plan), buffers_(buffers) {}
  UsesOfCall(const UsesOfCall&) = delete;
  UsesOfCall& operator=(const UsesOfCall&) = delete;
  ~UsesOfCall() { give_back(); }

  /// False where somebody is in the way.
  [[nodiscard]] bool try_take() noexcept {
    are_held_ = buffers_ != nullptr && try_take_uses(*plan_, buffers_);
    return are_held_ || buffers_ == nullptr;
  }
  void give_back() noexcept {
    if (std::exchange(are_held_, false)) give_back_uses(*plan_, buffers_);
  }

 private:
  const LaunchPlan* plan_;
  BufferStorage* const* buffers_;
  bool are_held_ = false;
};

}  // namespace dotcompute::detail
