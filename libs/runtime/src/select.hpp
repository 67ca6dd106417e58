#pragma once

/// select: what was asked for -> a device, and why that one.

#include <dotcompute/runtime/report.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

namespace dotcompute::detail {

struct Placement {
  const Device* device = nullptr;
  SelectionReason reason = SelectionReason::cpu_by_default;
};

/// The device that was asked for (null: none was), else the runtime's default, else the cpu.
[[nodiscard]] inline Placement select_device(const RuntimeCore& runtime, const Device* asked_for) {
  if (asked_for != nullptr) return {asked_for, SelectionReason::asked_for};
  if (runtime.default_device() != nullptr) return {runtime.default_device(), SelectionReason::runtime_default};
  return {runtime.devices().front(), SelectionReason::cpu_by_default};
}

}  // namespace dotcompute::detail
