#include "launch_uses.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/memory/buffer_storage.hpp>

#include "bind.hpp"

namespace dotcompute::detail {

namespace {

/// Calls `visit` with all uses and how each is used, once for each, until it returns false or `most` were visited.
/// Returns for how many it returned true.
template <class Visit>
std::size_t visit(const CallUses& call, std::size_t most, Visit visit_one) {
  std::size_t visited = 0;
  if (call.turns != nullptr) {
    if (most == 0 || !visit_one(*call.turns, HostUse::write)) return 0;
    ++visited;
  }
  if (call.buffers == nullptr) return visited;
  const std::vector<PlannedParameter>& parameters = call.plan->parameters;
  for (std::size_t i = 0; i < parameters.size() && visited < most; ++i) {
    BufferStorage* const buffer = call.buffers[i];
    if (buffer == nullptr || std::find(call.buffers, call.buffers + i, buffer) != call.buffers + i) continue;
    bool is_written = parameters[i].shape.is_written;
    for (std::size_t later = i + 1; later < parameters.size(); ++later) {
      is_written = is_written || (call.buffers[later] == buffer && parameters[later].shape.is_written);
    }
    if (!visit_one(buffer->uses(), is_written ? HostUse::write : HostUse::read)) return visited;
    ++visited;
  }
  return visited;
}

constexpr std::size_t all = ~std::size_t{0};

void give_back_first(const CallUses& call, std::size_t count) noexcept {
  visit(call, count, [](HostUses& uses, HostUse use) {
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

bool try_take(const CallUses& call) noexcept {
  bool takes = true;
  const std::size_t taken = visit(call, all, [&](HostUses& uses, HostUse use) { return takes = uses.try_take(use); });
  if (!takes) give_back_first(call, taken);
  return takes;
}

void give_back(const CallUses& call) noexcept { give_back_first(call, all); }

HostUses::Turn stand_in_line(const CallUses& call, UseTicket& ticket, std::span<std::byte> room,
                             std::unique_ptr<UseWait[]>& heap) {
  const std::size_t most = call.plan->parameters.size() + 1;
  UseWait* waits = nullptr;
  if (most * sizeof(UseWait) <= room.size()) {
    waits = reinterpret_cast<UseWait*>(room.data());
    std::uninitialized_default_construct_n(waits, most);
  } else {
    heap = std::make_unique<UseWait[]>(most);
    waits = heap.get();
  }
  std::size_t count = 0;
  visit(call, all, [&](HostUses& uses, HostUse use) {
    waits[count++] = {.uses = &uses, .use = use};
    return true;
  });
  const std::span<UseWait> places(waits, count);
  std::ranges::sort(places, std::less<>{}, &UseWait::uses);
  const HostUses::Turn turn = HostUses::wait_in_line(places, ticket);
  if (turn == HostUses::Turn::refused) throw_mapped(*call.plan, call.buffers, places.front());
  return turn;
}

}  // namespace dotcompute::detail
