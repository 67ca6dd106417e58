#include <dotcompute/runtime/runtime_parts.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "interned_text.hpp"
#include "plan.hpp"

namespace dotcompute::detail {

namespace {

std::uint64_t next_runtime_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::size_t this_threads_number() noexcept {
  static std::atomic<std::size_t> threads{0};
  static thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

RuntimeCore::RuntimeCore(RuntimeParts parts)
    : parts_(std::move(parts)), id_(next_runtime_id()), plans_(std::make_unique<PlanTable>(*this)) {
  devices_.reserve(parts_.accelerators.size());
  for (const auto& accelerator : parts_.accelerators) {
    devices_.push_back({accelerator.get(), interned(accelerator->info().id)});
  }
  default_device_ = &device(default_was_chosen() ? parts_.default_accelerator : "cpu");
}

RuntimeCore::~RuntimeCore() { wait_for_launches(); }

const Device& RuntimeCore::device(std::string_view id) const {
  for (const Device& device : devices_) {
    if (device.id == id) return device;
  }
  std::string present;
  for (const Device& device : devices_) present += fmt::format("{}{}", present.empty() ? "" : ", ", device.id);
  std::string why;
  std::string cause;
  for (const AbsentAccelerator& absent : parts_.absent) {
    why += fmt::format("; {} is unavailable: {}", absent.id, absent.reason);
    if (absent.id == id) cause = absent.reason;
  }
  throw DeviceNotAvailableError(Remedy::fall_back,
                                fmt::format("there is no accelerator '{}': this machine has {}{}; ask for one of those "
                                            "with .on(...)",
                                            id, present.empty() ? "none" : present, why),
                                {.kernel = {}, .device = std::string(id), .source = {}, .cause = std::move(cause)});
}

InFlightCount& RuntimeCore::in_flight() noexcept { return in_flight_[this_threads_number() % count_of_counts]; }

void RuntimeCore::wait_for_launches() const noexcept {
  // Polls: a launch that reports its end touches nothing of the runtime after its count, so it cannot wake anyone.
  auto pause = std::chrono::microseconds(1);
  for (const InFlightCount& count : in_flight_) {
    while (count.launches.load(std::memory_order_acquire) != 0) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::microseconds(1000));
    }
  }
}

}  // namespace dotcompute::detail
