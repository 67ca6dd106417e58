#pragma once

/// The smallest backend: a device whose memory comes from malloc and which runs a launch where it is enqueued.

#include <memory>

#include <dotcompute/device/accelerator_provider.hpp>
#include <dotcompute/device/device_accelerator.hpp>

namespace minimal {

[[nodiscard]] std::unique_ptr<dotcompute::DeviceAccelerator> make_accelerator();

/// What a runtime asks for the backend's devices.
[[nodiscard]] std::unique_ptr<dotcompute::AcceleratorProvider> make_provider();

}  // namespace minimal
