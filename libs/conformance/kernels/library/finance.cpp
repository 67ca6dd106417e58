#include "finance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <dotcompute/kernel.hpp>

namespace library::finance {

using namespace dotcompute;

/// The distribution function of the standard normal distribution.
inline double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// Whether these are numbers of a market. Outside of them small differences in the logarithm decide everything.
inline bool is_sensible(const Market& market, const Option& option) {
  const double deviation = market.volatility * std::sqrt(option.years);
  const double ratio = option.spot / option.strike;
  return market.rate >= -0.2 && market.rate <= 0.5 && option.years > 0 && option.years <= 10 && deviation >= 0.05 &&
         deviation <= 4 && option.spot > 0 && option.spot <= 1024 && ratio >= 0.1 && ratio <= 10;
}

/// Black and Scholes, The Pricing of Options and Corporate Liabilities, 1973.
DOTCOMPUTE_KERNEL void black_scholes(Market market, std::span<const Option> options, std::span<Prices> prices) {
  const std::size_t i = global_id();
  if (i >= std::min(options.size(), prices.size())) return;
  const Option& option = options[i];
  if (!is_sensible(market, option)) {
    prices[i] = {};
    return;
  }
  const double deviation = market.volatility * std::sqrt(option.years);
  const double d1 = (std::log(option.spot / option.strike) +
                     (market.rate + 0.5 * market.volatility * market.volatility) * option.years) /
                    deviation;
  const double d2 = d1 - deviation;
  const double discounted = option.strike * std::exp(-market.rate * option.years);
  prices[i] = {.call = option.spot * normal_cdf(d1) - discounted * normal_cdf(d2),
               .put = discounted * normal_cdf(-d2) - option.spot * normal_cdf(-d1)};
}

/// Cox, Ross and Rubinstein, Option Pricing: A Simplified Approach, 1979: the tree's values at one time lie in shared
/// memory, an item for each node, and the group goes back in time.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(128) void binomial_put(std::span<const Put> options, std::span<const TreeStep> steps,
                                                          std::span<float> prices) {
  constexpr std::size_t nodes = tree_steps + 1;
  SharedArray<float, nodes> values;
  const std::size_t which = group_id();
  if (which >= most_puts || which >= std::min(std::min(options.size(), steps.size()), prices.size())) return;
  const Put option = options[which];
  const TreeStep step = steps[which];
  const std::size_t i = local_id();
  // Node i of the last time has gone up i times, and down for the other steps.
  float spot = option.spot;
  for (std::size_t k = 0; k < i; ++k) spot *= step.up;
  for (std::size_t k = i; k < nodes - 1; ++k) spot /= step.up;
  values[i] = std::max(option.strike - spot, 0.0f);
  for (std::size_t time = nodes - 1; time > 0; --time) {
    barrier();
    float value = 0;
    if (i < time) {
      // The node that this one came from is as far up, and one step less down.
      spot *= step.up;
      const float kept = step.discounted_up * values[i + 1] + step.discounted_down * values[i];
      value = std::max(option.strike - spot, kept);
    }
    barrier();
    if (i < time) values[i] = value;
  }
  if (i == 0) prices[which] = values[0];
}

using Four = std::array<std::uint32_t, 4>;

/// Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011: Philox4x32-10.
inline Four philox4x32(Four counter, std::uint32_t key_low, std::uint32_t key_high) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product_0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t product_1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {
        static_cast<std::uint32_t>(product_1 >> 32) ^ counter[1] ^ key_low, static_cast<std::uint32_t>(product_1),
        static_cast<std::uint32_t>(product_0 >> 32) ^ counter[3] ^ key_high, static_cast<std::uint32_t>(product_0)};
    key_low += 0x9E3779B9u;
    key_high += 0xBB67AE85u;
  }
  return counter;
}

DOTCOMPUTE_KERNEL void philox(std::uint32_t key_low, std::uint32_t key_high, std::span<std::uint32_t> numbers) {
  const std::size_t i = global_id();
  const Four random = philox4x32({static_cast<std::uint32_t>(i), 0, 0, 0}, key_low, key_high);
  for (std::size_t k = 0; k < random.size(); ++k) {
    if (i < numbers.size() && 4 * i + k < numbers.size()) numbers[4 * i + k] = random[k];
  }
}

/// A number between 0 and 1, both excluded, from the upper bits of two.
inline double uniform(std::uint32_t high, std::uint32_t low) {
  return (static_cast<double>(std::uint64_t{high} << 20 | low >> 12) + 0.5) * 0x1p-52;
}

/// Boyle, Options: A Monte Carlo Approach, 1977, with normal numbers by Box and Muller, 1958; two paths of opposite
/// sign for each pair.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(128) void monte_carlo_call(Market market, Option option, std::uint32_t seed,
                                                              std::span<double> sums) {
  constexpr std::size_t items = 128;
  SharedArray<double, items> payoffs;
  const std::size_t i = local_id();
  if (!is_sensible(market, option)) {
    if (i == 0 && group_id() < sums.size()) sums[group_id()] = 0;
    return;
  }
  const Four random = philox4x32({static_cast<std::uint32_t>(global_id()), 0, 0, 1}, seed, 0);
  const double normal = std::sqrt(-2.0 * std::log(uniform(random[0], random[1]))) *
                        std::cos(2.0 * std::numbers::pi * uniform(random[2], random[3]));
  const double drift = (market.rate - 0.5 * market.volatility * market.volatility) * option.years;
  const double deviation = market.volatility * std::sqrt(option.years) * normal;
  const double up = option.spot * std::exp(drift + deviation);
  const double down = option.spot * std::exp(drift - deviation);
  payoffs[i] = std::max(up - option.strike, 0.0) + std::max(down - option.strike, 0.0);
  for (std::size_t half = items / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) payoffs[i] += payoffs[i + half];
  }
  if (i == 0 && group_id() < sums.size()) sums[group_id()] = payoffs[0];
}

}  // namespace library::finance
