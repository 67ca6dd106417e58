#include <dotcompute/device/device_accelerator.hpp>

#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

std::unique_ptr<DeviceMemory> DeviceAccelerator::adopt(std::uintptr_t, std::uint64_t size_bytes, Ownership) {
  ErrorContext context;
  context.device = info().id;
  throw DeviceError(Remedy::fix_input,
                    fmt::format("{} takes no memory that others made, and was given {} bytes of it; copy them into a "
                                "buffer instead",
                                info().id, size_bytes),
                    std::move(context));
}

}  // namespace dotcompute
