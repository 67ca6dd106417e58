#include <dotcompute/memory/host_writes.hpp>

#include <cstring>

namespace dotcompute::detail {

namespace {

struct Copy {
  std::byte* to;
  std::span<const std::byte> from;
};

}  // namespace

void copy_on_host(std::byte* to, std::span<const std::byte> from) noexcept {
  const auto distance = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from.data());
  const bool overlaps = distance < from.size() || -distance < from.size();
  if (from.size() >= least_shared_bytes && !overlaps) {
    const Copy copy{to, from};
    const auto run = [](const void* context, std::uint64_t begin, std::uint64_t end) noexcept {
      const Copy& all = *static_cast<const Copy*>(context);
      std::memcpy(all.to + begin, all.from.data() + begin, end - begin);
    };
    if (share_host_work({.run = run, .context = &copy, .count = from.size(), .element_bytes = 1})) return;
  }
  std::memmove(to, from.data(), from.size());
}

}  // namespace dotcompute::detail
