// Tables, switches, loops whose conditions have side effects, and the order of evaluation.
#include <dotcompute/kernel.hpp>

namespace demo {

constexpr std::int32_t weights[4] = {1, -2, 3, -2147483647 - 1};

std::int32_t take(std::span<const std::int32_t> values, std::size_t& at) { return values[at++]; }

DOTCOMPUTE_KERNEL void control(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t i = dotcompute::global_id();
  if (i >= out.size() || in.size() < 8) return;
  std::int32_t sum = 0;
  std::size_t at = 0;
  for (std::size_t k = 0; k < 4; ++k) sum += weights[k] * in[k];
  while (at++ < 3) {
    if (at == 2) continue;
    sum -= take(in, at) << at;
  }
  switch (sum % 4) {
    case 0: sum += 5; break;
    case 1:
    case 2: {
      const std::int32_t twice = sum * 2;
      sum = twice / in[0];
    } [[fallthrough]];
    default: sum = -sum;
  }
  do {
    if (sum < 0) continue;
    --sum;
  } while (sum > 10 && (at -= 1) > 2);
  std::int32_t local[3] = {sum, 7};
  local[at++ % 3] = local[1] + static_cast<std::int32_t>(at);
  out[i] = at > 2 ? local[0] : local[2] >> in[0];
}

}  // namespace demo
