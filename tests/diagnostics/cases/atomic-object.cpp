#include <dotcompute/kernel.hpp>

namespace demo {

struct Settings {
  std::uint32_t limit;
};

struct [[gnu::packed]] Packed {
  std::uint64_t whole;
};

void count(std::uint32_t& total, std::span<std::uint32_t> parts) {
  dotcompute::atomic_add(total, 1u);
  dotcompute::atomic_add(parts[0], 1u);
}

void pass_on(std::uint32_t* total, std::span<std::uint32_t> parts) { count(*total, parts); }

DOTCOMPUTE_KERNEL void own(Settings settings, std::span<std::uint32_t> out) {
  std::uint32_t counter = 0;
  dotcompute::atomic_add(counter, 1u);
  std::uint32_t counters[4] = {};
  std::uint32_t& third = counters[2];
  dotcompute::atomic_max(third, 1u);
  std::uint32_t* either = out.size() > 3 ? &out[0] : &counter;
  dotcompute::atomic_exchange(*either, 1u);
  dotcompute::atomic_add(settings.limit, 1u);
  std::span<std::uint32_t> view(counters);
  dotcompute::atomic_add(view[1], 1u);
}

DOTCOMPUTE_KERNEL void passed(std::span<std::uint32_t> out) {
  std::uint32_t counter = 0;
  count(out[0], out);
  count(counter, out);
  pass_on(&counter, out);
}

DOTCOMPUTE_KERNEL void constant(std::span<const std::uint32_t> in, std::span<Packed> packed) {
  dotcompute::atomic_add(in[0], 1u);
  dotcompute::atomic_add(packed[0].whole, std::uint64_t{1});
}

}  // namespace demo
