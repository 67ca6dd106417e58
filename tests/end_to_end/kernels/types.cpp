#include <dotcompute/kernel.hpp>

namespace types {

template <class T>
DOTCOMPUTE_KERNEL void twice_plus(T offset, std::span<const T> in, std::span<T> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < in.size() && i < out.size()) out[i] = static_cast<T>(in[i] + in[i] + offset);
}

template void twice_plus<std::int8_t>(std::int8_t, std::span<const std::int8_t>, std::span<std::int8_t>);
template void twice_plus<std::int16_t>(std::int16_t, std::span<const std::int16_t>, std::span<std::int16_t>);
template void twice_plus<std::int32_t>(std::int32_t, std::span<const std::int32_t>, std::span<std::int32_t>);
template void twice_plus<std::int64_t>(std::int64_t, std::span<const std::int64_t>, std::span<std::int64_t>);
template void twice_plus<std::uint8_t>(std::uint8_t, std::span<const std::uint8_t>, std::span<std::uint8_t>);
template void twice_plus<std::uint16_t>(std::uint16_t, std::span<const std::uint16_t>, std::span<std::uint16_t>);
template void twice_plus<std::uint32_t>(std::uint32_t, std::span<const std::uint32_t>, std::span<std::uint32_t>);
template void twice_plus<std::uint64_t>(std::uint64_t, std::span<const std::uint64_t>, std::span<std::uint64_t>);
template void twice_plus<float>(float, std::span<const float>, std::span<float>);
template void twice_plus<double>(double, std::span<const double>, std::span<double>);

DOTCOMPUTE_KERNEL void flip(bool unless, std::span<const bool> in, std::span<bool> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < in.size() && i < out.size()) out[i] = in[i] == unless;
}

}  // namespace types
