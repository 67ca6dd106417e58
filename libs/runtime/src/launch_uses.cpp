#include "launch_uses.hpp"

#include <algorithm>
#include <functional>
#include <new>

#include <fmt/format.h>

#include <dotcompute/memory/buffer_storage.hpp>

#include "bind.hpp"

namespace dotcompute::detail {

namespace {

/// Calls `visit` with the uses of each buffer and how it is used, once for each buffer, until it returns false. Returns
/// the number of parameters before the one where it did.
template <class Visit>
std::size_t visit_uses(const LaunchPlan& plan, BufferStorage* const* buffers, std::size_t count, Visit visit) {
  const PlannedParameter* const parameters = plan.parameters.data();
  for (std::size_t i = 0; i < count; ++i) {
    BufferStorage* const buffer = buffers[i];
    if (buffer == nullptr || std::find(buffers, buffers + i, buffer) != buffers + i) continue;
    bool is_written = parameters[i].shape.is_written;
    for (std::size_t later = i + 1; later < plan.parameters.size(); ++later) {
      is_written = is_written || (buffers[later] == buffer && parameters[later].shape.is_written);
    }
    if (!visit(buffer->uses(), is_written ? HostUse::write : HostUse::read)) return i;
  }
  return count;
}

void give_back_first(const LaunchPlan& plan, BufferStorage* const* buffers, std::size_t count) noexcept {
  visit_uses(plan, buffers, count, [](HostUses& uses, HostUse use) {
    uses.give_back(use);
    return true;
  });
}

[[noreturn]] void throw_mapped(const LaunchPlan& plan, BufferStorage* const* buffers, const UseWait& refused) {
  const bool writes = refused.use == HostUse::write;
  std::size_t number = 0;
  while (buffers[number] == nullptr || &buffers[number]->uses() != refused.uses ||
         (writes && !plan.parameters[number].shape.is_written)) {
    ++number;
  }
  throw_refused(plan,
                fmt::format("argument '{}' is mapped on the host for {}, and the kernel {} it; end the Mapping before "
                            "the launch",
                            plan.parameters[number].name, refused.uses->is_mapped_for_writing() ? "writing" : "reading",
                            writes ? "writes" : "reads"));
}

}  // namespace

bool try_take_uses(const LaunchPlan& plan, BufferStorage* const* buffers) noexcept {
  const std::size_t count = plan.parameters.size();
  const std::size_t taken =
      visit_uses(plan, buffers, count, [](HostUses& uses, HostUse use) { return uses.try_take(use); });
  if (taken == count) return true;
  give_back_first(plan, buffers, taken);
  return false;
}

void give_back_uses(const LaunchPlan& plan, BufferStorage* const* buffers) noexcept {
  give_back_first(plan, buffers, plan.parameters.size());
}

HostUses::Turn stand_in_line(const LaunchPlan& plan, BufferStorage* const* buffers, UseTicket& ticket,
                             std::span<std::byte> room, std::unique_ptr<UseWait[]>& heap) {
  const std::size_t most = plan.parameters.size();
  UseWait* waits = nullptr;
  if (most * sizeof(UseWait) <= room.size()) {
    waits = reinterpret_cast<UseWait*>(room.data());
    std::uninitialized_default_construct_n(waits, most);
  } else {
    heap = std::make_unique<UseWait[]>(most);
    waits = heap.get();
  }
  std::size_t count = 0;
  visit_uses(plan, buffers, most, [&](HostUses& uses, HostUse use) {
    waits[count++] = {.uses = &uses, .use = use};
    return true;
  });
  const std::span<UseWait> all(waits, count);
  std::ranges::sort(all, std::less<>{}, &UseWait::uses);
  const HostUses::Turn turn = HostUses::wait_in_line(all, ticket);
  if (turn == HostUses::Turn::refused) throw_mapped(plan, buffers, all.front());
  return turn;
}

}  // namespace dotcompute::detail
