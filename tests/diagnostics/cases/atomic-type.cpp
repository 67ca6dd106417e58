#include <dotcompute/kernel.hpp>

namespace demo {

enum class Colour : std::uint32_t { red, green };
struct Pair {
  std::int32_t a, b;
};

DOTCOMPUTE_KERNEL void narrow(std::span<std::uint8_t> bytes, std::span<std::int16_t> shorts, std::span<bool> flags) {
  dotcompute::atomic_add(bytes[0], std::uint8_t{1});
  dotcompute::atomic_min(shorts[0], std::int16_t{1});
  dotcompute::atomic_store(flags[0], true);
}

DOTCOMPUTE_KERNEL void whole(std::span<Pair> pairs, std::span<Colour> colours) {
  dotcompute::atomic_exchange(pairs[0], Pair{1, 2});
  dotcompute::atomic_load(colours[0]);
}

DOTCOMPUTE_KERNEL void bits(std::span<float> numbers, std::span<double> others) {
  dotcompute::atomic_or(numbers[0], 1.0f);
  dotcompute::atomic_xor(others[0], 1.0);
}

}  // namespace demo
