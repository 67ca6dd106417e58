// Halves, views, base classes, lambdas and spans of fixed extent.
#include <dotcompute/kernel.hpp>

namespace demo {

struct Named {
  std::int32_t id;
};
struct Sample : Named {
  dotcompute::half value;
  float& scaled(float& by) const { return by *= value; }
};

DOTCOMPUTE_KERNEL void samples(std::span<const Sample> in, std::span<dotcompute::half> out) {
  const std::size_t i = dotcompute::global_id();
  if (i >= out.size()) return;
  float factor = 2;
  const auto scale = [&factor, &in](std::size_t k) { return in[k].scaled(factor) + static_cast<float>(in[k].id); };
  out[i] = dotcompute::half(scale(i));
}

DOTCOMPUTE_KERNEL_FAST void windows(std::span<const float> in, std::span<float> out, std::uint32_t columns) {
  const std::size_t i = dotcompute::global_id();
  if (i >= out.size() || in.size() < 4) return;
  const std::span<const float, 4> window = in.first<4>();
  const dotcompute::matrix_view<float> view(out, out.size() / columns, columns);
  view(i / columns, i % columns) = window[1] * window.back();
}

}  // namespace demo
