// Half precision: both conversions to the bit, and halves in spans, structs and arguments.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <dotcompute/kernel.hpp>

namespace suite::halves {

using dotcompute::global_id;
using dotcompute::half;

// Every half there is, where the size allows: its float, and the half of that.
DOTCOMPUTE_KERNEL void each(std::span<std::uint32_t> bits, std::span<std::uint16_t> back) {
  const std::size_t i = global_id();
  if (i >= bits.size() || i >= back.size()) return;
  const float value = half::from_bits(static_cast<std::uint16_t>(i));
  bits[i] = std::bit_cast<std::uint32_t>(value);
  back[i] = half(value).bits();
}

// What lies between two halves and right beside the middle of them, where rounding decides.
DOTCOMPUTE_KERNEL void between(std::span<const std::uint32_t> low_bits, std::span<std::array<std::uint16_t, 6>> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= low_bits.size()) return;
  const float value = half::from_bits(static_cast<std::uint16_t>(i));
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t steps[6] = {0, 1, 0xfff, 0x1000, 0x1001, low_bits[i] & 0x1fff};
  for (std::size_t k = 0; k < 6; ++k) out[i][k] = half(std::bit_cast<float>(bits + steps[k])).bits();
}

// Any float, NaNs and subnormals included.
DOTCOMPUTE_KERNEL void from_bits(std::span<const std::uint32_t> bits, std::span<std::uint16_t> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = half(std::bit_cast<float>(bits[i])).bits();
}

DOTCOMPUTE_KERNEL void scale(float a, half b, std::span<const half> x, std::span<half> y) {
  const std::size_t i = global_id();
  if (i < y.size()) y[i] = half(a * x[i] + b * y[i]);
}

struct Neuron {
  half weights[4];
  float bias;
  std::array<half, 3> recent;
  std::uint8_t count;
  float apply(std::span<const half> in) const {
    float sum = bias;
    for (std::size_t k = 0; k < in.size() && k < 4; ++k) sum += weights[k] * in[k];
    return sum > 0 ? sum : 0.0f;
  }
  half oldest() const { return recent[count % 3]; }
};

// In structs and local arrays; compared, chosen, sorted and cast.
DOTCOMPUTE_KERNEL void neurons(std::span<Neuron> neurons, std::span<const half> in, std::span<half> out,
                               std::span<double> wide) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= neurons.size() || i >= in.size() || i >= wide.size()) return;
  Neuron neuron = neurons[i];
  const half local[4] = {in[i], half(1.5f), half::from_bits(0x3c00), neuron.oldest()};
  const half result(neuron.apply(local));
  half order[3] = {neuron.recent[0], neuron.recent[1], neuron.recent[2]};
  if (order[0] > order[1]) std::swap(order[0], order[1]);
  if (order[1] > order[2]) std::swap(order[1], order[2]);
  neuron.recent[neuron.count++ % 3] = result;
  neurons[i] = neuron;
  out[i] = order[0] == order[1] ? order[2] : result;
  wide[i] = static_cast<double>(std::sqrt(std::fabs(in[i]))) + (result < 2 ? -in[i] : 1.0f);
}

}  // namespace suite::halves
