// What C leaves undefined, literals, conversions and functions of the C library. (The headers of C++ differ between machines.)
#include <dotcompute/kernel.hpp>

namespace demo {

constexpr float limits[3] = {-__builtin_inff(), 3.5f, __builtin_nanf("")};

DOTCOMPUTE_KERNEL void integers(std::span<const std::int64_t> in, std::span<std::uint8_t> out, std::int32_t kernel) {
  const std::size_t half = dotcompute::global_id();
  if (half >= out.size()) return;
  const std::int64_t local = in[half] / kernel + in[half] % in[0];
  const std::uint32_t bits = static_cast<std::uint32_t>(local) << (local & 77);
  out[half] = static_cast<std::uint8_t>(__builtin_popcount(bits) + __builtin_ctz(bits) + __builtin_clz(bits) +
                                        static_cast<int>(__builtin_bswap32(bits) / 7) + (kernel > 0 || local < 0));
}

DOTCOMPUTE_KERNEL void floats(std::span<const float> in, std::span<float> out, std::span<std::int8_t> whole) {
  const std::size_t i = dotcompute::global_id();
  if (i >= out.size()) return;
  const float x = in[i];
  float sum = 0.1f + -0.0f + 1e-30f + 16777217.0f * x + limits[i % 3] + __builtin_inff() - 3;
  sum = __builtin_fminf(sum, __builtin_sinf(x)) + __builtin_fmaf(x, x, 1.0f) - x * x;
  int exponent = 0;
  if (__builtin_isnan(x) || __builtin_isless(x, 2.0f)) sum += __builtin_frexpf(x, &exponent);
  whole[i] = static_cast<std::int8_t>(x + static_cast<float>(exponent));
  out[i] = sum;
}

DOTCOMPUTE_KERNEL void doubles(std::span<const double> in, std::span<double> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = __builtin_floor(in[i]) * 0.1 + static_cast<double>(i);
}

}  // namespace demo
