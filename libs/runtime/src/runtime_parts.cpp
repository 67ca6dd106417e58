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
    : parts_(std::move(parts)),
      asked_(parts_.providers.size()),
      id_(next_runtime_id()),
      plans_(std::make_unique<PlanTable>(*this)) {
  for (const auto& accelerator : parts_.accelerators) add(*accelerator);
  may_look_ = parts_.discovery == Discovery::automatic && !parts_.providers.empty();
  if (!parts_.default_accelerator.empty()) default_device_ = &device(parts_.default_accelerator);
  if (parts_.discovery == Discovery::eager) find_all_devices();
}

RuntimeCore::~RuntimeCore() {
  wait_for_launches();
  bool is_foreign = false;
  for (Device& device : devices_) {
    is_foreign = is_foreign || (device.session != nullptr && device.session->is_foreign());
    device.session.reset();
  }
  if (is_foreign) {
    leave_to_parent();
    return;
  }
  plans_.reset();
  parts_.accelerators.clear();
}

void RuntimeCore::leave_to_parent() noexcept {
  static_cast<void>(plans_.release());
  for (auto& accelerator : parts_.accelerators) {
    if (dynamic_cast<DeviceAccelerator*>(accelerator.get()) != nullptr) static_cast<void>(accelerator.release());
  }
  for (auto& provider : parts_.providers) static_cast<void>(provider.release());
}

void RuntimeCore::add(Accelerator& accelerator) {
  Device& device = devices_.emplace_back();
  device.id = interned(accelerator.info().id);
  device.accelerator = &accelerator;
  device.host = dynamic_cast<HostAccelerator*>(&accelerator);
  device.device = dynamic_cast<DeviceAccelerator*>(&accelerator);
  if (device.device != nullptr) {
    device.session = std::make_unique<DeviceSession>(*device.device, memory_options(device.id));
  }
}

void RuntimeCore::ask(std::size_t provider) {
  if (asked_[provider]) return;
  asked_[provider] = true;
  FoundAccelerators found = parts_.providers[provider]->find();
  for (auto& accelerator : found.accelerators) {
    parts_.accelerators.push_back(std::move(accelerator));
    add(*parts_.accelerators.back());
  }
  for (AbsentAccelerator& absent : found.absent) absent_.push_back(std::move(absent));
}

std::vector<const Device*> RuntimeCore::devices() const {
  const std::lock_guard lock(devices_mutex_);
  std::vector<const Device*> result;
  for (const Device& device : devices_) result.push_back(&device);
  return result;
}

std::vector<AbsentAccelerator> RuntimeCore::absent() const {
  const std::lock_guard lock(devices_mutex_);
  return absent_;
}

void RuntimeCore::find_all_devices() {
  look_for_more();
  plans_->forget_choices();
}

void RuntimeCore::look_for_more() {
  const std::lock_guard lock(devices_mutex_);
  for (std::size_t i = 0; i < parts_.providers.size(); ++i) ask(i);
  may_look_.store(false, std::memory_order_relaxed);
}

void RuntimeCore::note_placed(double ns) {
  constexpr std::uint64_t enough_ns = 20'000'000;
  const auto more = static_cast<std::uint64_t>(std::min(ns, static_cast<double>(enough_ns)));
  if (placed_ns_.fetch_add(more, std::memory_order_relaxed) + more >= enough_ns && may_look_for_more()) {
    find_all_devices();
  }
}

const Device* RuntimeCore::find_known(std::string_view id) const noexcept {
  for (const Device& device : devices_) {
    if (device.id == id) return &device;
  }
  return nullptr;
}

const Device& RuntimeCore::device(std::string_view id) {
  {
    const std::lock_guard lock(devices_mutex_);
    if (const Device* const known = find_known(id)) return *known;
  }
  const Device& found = look_for(id);
  plans_->forget_choices();
  return found;
}

std::pmr::memory_resource& RuntimeCore::pinned_memory(std::string_view id) {
  const Device& found = device(id);
  PinnedMemoryPool* const pinned = found.session == nullptr ? nullptr : found.session->pinned_memory();
  if (pinned != nullptr) return pinned->resource();
  throw DeviceError(Remedy::fix_input,
                    fmt::format("{} has no pinned memory{}; make the buffer without a memory resource", found.id,
                                found.session == nullptr ? ", because it uses the host's as it is" : ""),
                    {.kernel = {}, .device = std::string(found.id), .source = {}, .cause = {}});
}

const Device& RuntimeCore::look_for(std::string_view id) {
  const std::lock_guard lock(devices_mutex_);
  const std::string_view backend = id.substr(0, id.find(':'));
  bool is_known_backend = false;
  for (std::size_t i = 0; i < parts_.providers.size(); ++i) {
    if (parts_.providers[i]->backend() != backend) continue;
    is_known_backend = true;
    ask(i);
  }
  // The message for an id that no backend gives lists everything there is.
  for (std::size_t i = 0; i < parts_.providers.size() && !is_known_backend; ++i) ask(i);
  if (const Device* const found = find_known(id)) return *found;
  throw_no_device(id);
}

void RuntimeCore::throw_no_device(std::string_view id) const {
  std::string present;
  for (const Device& device : devices_) present += fmt::format("{}{}", present.empty() ? "" : ", ", device.id);
  std::string why;
  std::string cause;
  for (const AbsentAccelerator& absent : absent_) {
    why += fmt::format("; {} is unavailable: {}", absent.id, absent.reason);
    if (absent.id == id || absent.id == id.substr(0, id.find(':'))) cause = absent.reason;
  }
  throw DeviceNotAvailableError(Remedy::fall_back,
                                fmt::format("there is no accelerator '{}': this machine has {}{}; ask for one of those "
                                            "with .on(...)",
                                            id, present.empty() ? "none" : present, why),
                                {.kernel = {}, .device = std::string(id), .source = {}, .cause = std::move(cause)});
}

double RuntimeCore::bandwidth(std::string_view from, std::string_view to) {
  constexpr double ns_per_second = 1e9;
  const Device& source = device(from);
  const Device& target = device(to);
  return bandwidths_.get(source.session.get(), target.session.get()) * ns_per_second;
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
