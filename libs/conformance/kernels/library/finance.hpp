#pragma once

/// Prices of options.

#include <cstddef>
#include <cstdint>
#include <span>

namespace library::finance {

struct Option {
  double spot;
  double strike;
  double years;
};

struct Market {
  double rate;
  double volatility;
};

struct Prices {
  double call;
  double put;
};

/// European options, in closed form; 0 for what no market has (a strike of more than ten times the spot, ...).
void black_scholes(Market market, std::span<const Option> options, std::span<Prices> prices);

inline constexpr std::size_t tree_steps = 127;
inline constexpr std::size_t most_puts = 256;

/// What a step of a tree does to a price: the factor of up, whose inverse is that of down, and their probabilities,
/// discounted.
struct TreeStep {
  float up;
  float discounted_up;
  float discounted_down;
};
struct Put {
  float spot;
  float strike;
};
/// American puts, by a binomial tree of 127 steps: a group for each option, of at most 256.
void binomial_put(std::span<const Put> options, std::span<const TreeStep> steps, std::span<float> prices);

/// Four random numbers of 32 bits for each item, by its number and the key.
void philox(std::uint32_t key_low, std::uint32_t key_high, std::span<std::uint32_t> numbers);

/// Prices of European calls by simulation: the sum of the payoffs of the paths of each group.
void monte_carlo_call(Market market, Option option, std::uint32_t seed, std::span<double> sums);

}  // namespace library::finance
