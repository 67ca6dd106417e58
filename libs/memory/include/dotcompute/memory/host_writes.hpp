#pragma once

/// Writes of whole arrays on the host. Large ones are shared with the workers of the cpu, as they divide launches.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/base/export.hpp>
#include <dotcompute/device/host_workers.hpp>

namespace dotcompute::detail {

/// Smaller ones than a huge page are never shared; larger ones where the workers think it worth it.
inline constexpr std::uint64_t least_shared_bytes = std::uint64_t{2} << 20;

/// Fills with `value`, which is none of the elements.
template <class T>
void fill_on_host(std::span<T> to, const T& value) noexcept {
  struct Fill {
    T* to;
    T value;
  };
  if (to.size_bytes() >= least_shared_bytes) {
    const Fill fill{to.data(), value};
    const auto run = [](const void* context, std::uint64_t begin, std::uint64_t end) noexcept {
      const Fill& each = *static_cast<const Fill*>(context);
      std::fill(each.to + begin, each.to + end, each.value);
    };
    if (share_host_work({.run = run, .context = &fill, .count = to.size(), .element_bytes = sizeof(T)})) return;
  }
  std::fill(to.begin(), to.end(), value);
}

/// As memmove: the two may overlap.
DOTCOMPUTE_API void copy_on_host(std::byte* to, std::span<const std::byte> from) noexcept;

}  // namespace dotcompute::detail
