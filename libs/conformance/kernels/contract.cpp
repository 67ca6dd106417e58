// What the checks of devices run: each tells whether every item ran once, and in which order launches did.
#include <dotcompute/kernel.hpp>

namespace suite::contract {

using dotcompute::global_id;
using dotcompute::global_size;

// Two of them give another result in another order.
DOTCOMPUTE_KERNEL void affine(std::span<std::uint32_t> values, std::uint32_t factor, std::uint32_t term) {
  const std::size_t i = global_id();
  if (i < values.size()) values[i] = values[i] * factor + term;
}

// Item (x, y, z) of the grid adds its number, so that one that runs twice or never is seen.
DOTCOMPUTE_KERNEL void number(std::span<std::uint32_t> items) {
  const std::size_t at = (global_id<2>() * global_size<1>() + global_id<1>()) * global_size<0>() + global_id<0>();
  if (at < items.size()) items[at] += static_cast<std::uint32_t>(at) + 1;
}

DOTCOMPUTE_KERNEL void sizes(std::span<const float> none, std::span<std::uint64_t> out, std::uint64_t value) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = none.size() * 1000 + out.size() * 10 + value;
}

}  // namespace suite::contract
