#pragma once

/// The accelerator that every other one is checked against.

#include <memory>

#include <dotcompute/device/host_accelerator.hpp>

namespace dotcompute {

/// The accelerator "reference": runs the kernel's own function, compiled with fixed strict flags, item by item in order
/// on one thread. Launches that are started run one after the other on a thread of the accelerator, or on one that
/// waits for them.
[[nodiscard]] std::unique_ptr<HostAccelerator> make_reference_accelerator();

}  // namespace dotcompute
