// Options, against integrals of their payoffs, trees of whole arrays and published prices.

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "devices.hpp"
#include "finance.hpp"

namespace library::finance {

namespace {

class Finance : public OnDevice {};

/// The discounted mean of a payoff under the risk-neutral measure, by Simpson's rule over the normal variable.
template <class Payoff>
double expected_payoff(const Market& market, const Option& option, Payoff payoff) {
  const long double years = option.years;
  const long double drift = (market.rate - 0.5L * market.volatility * market.volatility) * years;
  const long double deviation = market.volatility * std::sqrt(years);
  // The kink, so that every interval is smooth.
  const long double kink = (std::log(static_cast<long double>(option.strike) / option.spot) - drift) / deviation;
  const auto integrate = [&](long double from, long double to) {
    constexpr int intervals = 4000;
    const long double step = (to - from) / intervals;
    long double sum = 0;
    for (int i = 0; i <= intervals; ++i) {
      const long double z = from + step * i;
      const long double weight = i == 0 || i == intervals ? 1 : i % 2 == 0 ? 2 : 4;
      sum += weight * payoff(option.spot * std::exp(drift + deviation * z)) * std::exp(-z * z / 2);
    }
    return sum * step / 3;
  };
  const long double lowest = -14;
  const long double highest = 14 + deviation;
  const long double middle = std::clamp(kink, lowest, highest);
  const long double mean = integrate(lowest, middle) + integrate(middle, highest);
  return static_cast<double>(std::exp(-market.rate * years) * mean / std::sqrt(2 * std::numbers::pi_v<long double>));
}

TEST_P(Finance, PricesEuropeanOptions) {
  const Market market{.rate = 0.05, .volatility = 0.3};
  for (const std::size_t n : {0u, 1u, 33u, 1000u}) {
    std::vector<Option> options(n);
    for (Option& each : options) {
      each.spot = random_numbers<double>(1, 10, 200)[0];
      each.strike = each.spot * random_numbers<double>(1, 0.5, 2)[0];
      each.years = random_numbers<double>(1, 0.1, 5)[0];
    }
    std::vector<Prices> prices(n);
    device().over(n).run(black_scholes, market, options, prices);
    for (std::size_t i = 0; i < n; i += n > 100 ? 41 : 1) {
      const Option& option = options[i];
      const auto call =
          expected_payoff(market, option, [&](long double s) { return std::max(s - option.strike, 0.0L); });
      const auto put =
          expected_payoff(market, option, [&](long double s) { return std::max(option.strike - s, 0.0L); });
      // A few ulp of both terms of a price, and Simpson's error.
      ASSERT_NEAR(prices[i].call, call, 1e-11 * option.spot)
          << option.spot << " " << option.strike << " " << option.years;
      ASSERT_NEAR(prices[i].put, put, 1e-11 * option.spot);
    }
  }
}

// Hull, Options, Futures, and Other Derivatives, the chapter on the model: 4.76 and 0.81.
TEST_P(Finance, KnowsAPublishedPrice) {
  const std::vector<Option> options{{42, 40, 0.5}};
  std::vector<Prices> prices(1);
  device().run(black_scholes, Market{0.1, 0.2}, options, prices);
  EXPECT_NEAR(prices[0].call, 4.76, 0.005);
  EXPECT_NEAR(prices[0].put, 0.81, 0.005);
}

TreeStep tree_step(double rate, double volatility, double years) {
  const double time = years / static_cast<double>(tree_steps);
  const double up = std::exp(volatility * std::sqrt(time));
  const double probability = (std::exp(rate * time) - 1 / up) / (up - 1 / up);
  const double discount = std::exp(-rate * time);
  return {static_cast<float>(up), static_cast<float>(discount * probability),
          static_cast<float>(discount * (1 - probability))};
}

/// The whole tree in long double, by powers of up.
double american_put(const Put& option, const TreeStep& step) {
  const auto payoff = [&](std::size_t time, std::size_t ups) {
    const long double exponent = 2.0L * static_cast<long double>(ups) - static_cast<long double>(time);
    return std::max(option.strike - option.spot * std::pow(static_cast<long double>(step.up), exponent), 0.0L);
  };
  std::vector<long double> values(tree_steps + 1);
  for (std::size_t i = 0; i <= tree_steps; ++i) values[i] = payoff(tree_steps, i);
  for (std::size_t time = tree_steps; time-- > 0;) {
    for (std::size_t i = 0; i <= time; ++i) {
      values[i] = std::max(payoff(time, i), step.discounted_up * values[i + 1] + step.discounted_down * values[i]);
    }
  }
  return static_cast<double>(values[0]);
}

TEST_P(Finance, PricesAmericanPutsByTrees) {
  for (const std::size_t n : {0u, 1u, 7u, 100u}) {
    std::vector<Put> options(n);
    std::vector<TreeStep> steps(n);
    std::vector<double> expected(n);
    for (std::size_t i = 0; i < n; ++i) {
      options[i] = {random_numbers<float>(1, 20, 80)[0], random_numbers<float>(1, 20, 80)[0]};
      steps[i] = tree_step(0.03, random_numbers<double>(1, 0.1, 0.6)[0], random_numbers<double>(1, 0.1, 2)[0]);
      expected[i] = american_put(options[i], steps[i]);
    }
    std::vector<float> prices(n);
    device().over(n * (tree_steps + 1)).run(binomial_put, options, steps, prices);
    // A price at a node has gone through up to 254 products, and a value through 127 steps of three roundings; at the
    // spot of 80 a leaf's price may be 100 times as large, but only those below the strike of 80 count.
    expect_near(prices, expected, (254 + 3 * 127) * 80 * float_epsilon);
  }
}

// Hull, the chapter on binomial trees: an American put of 5 months is worth 4.278 with 100 steps and 4.283 with 500.
// With an odd number of steps a tree is as much above the limit as one with an even number is below.
TEST_P(Finance, KnowsAPublishedTree) {
  const std::vector<Put> options{{50, 50}};
  const std::vector<TreeStep> steps{tree_step(0.1, 0.4, 5.0 / 12)};
  std::vector<float> prices(1);
  device().over(tree_steps + 1).run(binomial_put, options, steps, prices);
  EXPECT_NEAR(prices[0], 4.283, 0.015);
}

using Four = std::array<std::uint32_t, 4>;

/// Philox4x32-10 with 64-bit counters and keys of the paper's section 3.3, written with long multiplication.
Four expected_philox(Four counter, std::array<std::uint32_t, 2> key) {
  const auto multiply = [](std::uint32_t a, std::uint32_t b, std::uint32_t& high) {
    const std::uint32_t low_low = (a & 0xFFFF) * (b & 0xFFFF);
    const std::uint32_t low_high = (a & 0xFFFF) * (b >> 16);
    const std::uint32_t high_low = (a >> 16) * (b & 0xFFFF);
    const std::uint32_t middle = (low_low >> 16) + (low_high & 0xFFFF) + (high_low & 0xFFFF);
    high = (a >> 16) * (b >> 16) + (low_high >> 16) + (high_low >> 16) + (middle >> 16);
    return middle << 16 | (low_low & 0xFFFF);
  };
  for (std::uint32_t round = 0; round < 10; ++round) {
    Four high_low{};
    high_low[1] = multiply(counter[0], 0xD2511F53, high_low[0]);
    high_low[3] = multiply(counter[2], 0xCD9E8D57, high_low[2]);
    counter = {high_low[2] ^ counter[1] ^ (key[0] + round * 0x9E3779B9), high_low[3],
               high_low[0] ^ counter[3] ^ (key[1] + round * 0xBB67AE85), high_low[1]};
  }
  return counter;
}

// The known answers of the authors' library, Random123.
TEST(Philox, IsTheAuthors) {
  EXPECT_EQ(expected_philox({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(expected_philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(expected_philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_P(Finance, DrawsRandomNumbers) {
  for (const std::size_t n : {0u, 1u, 5u, 4099u}) {
    std::vector<std::uint32_t> numbers(n);
    std::vector<std::uint32_t> expected(n);
    for (std::size_t i = 0; i < n; ++i) {
      expected[i] = expected_philox({static_cast<std::uint32_t>(i / 4), 0, 0, 0}, {123, 0xCAFEBABE})[i % 4];
    }
    device().over((n + 3) / 4).run(philox, 123u, 0xCAFEBABEu, numbers);
    expect_equal(numbers, expected);
  }
}

TEST_P(Finance, SimulatesPaths) {
  const Market market{.rate = 0.04, .volatility = 0.25};
  const Option option{.spot = 100, .strike = 105, .years = 1.5};
  for (const std::size_t groups : {1u, 3u, 400u}) {
    std::vector<double> sums(groups);
    device().over(groups * 128).run(monte_carlo_call, market, option, 2026u, sums);
    std::vector<long double> expected(groups);
    std::vector<long double> squares(groups);
    for (std::size_t i = 0; i < groups * 128; ++i) {
      const Four random = expected_philox({static_cast<std::uint32_t>(i), 0, 0, 1}, {2026, 0});
      const auto uniform = [](std::uint64_t high, std::uint64_t low) {
        return (static_cast<long double>((high << 32 | low) >> 12) + 0.5L) / 0x1p52L;
      };
      const long double normal = std::sqrt(-2 * std::log(uniform(random[0], random[1]))) *
                                 std::cos(2 * std::numbers::pi_v<long double> * uniform(random[2], random[3]));
      for (const long double sign : {1.0L, -1.0L}) {
        const long double variance = static_cast<long double>(market.volatility) * market.volatility * option.years;
        const long double growth = market.rate * option.years - variance / 2 + sign * std::sqrt(variance) * normal;
        expected[i / 128] += std::max(option.spot * std::exp(growth) - option.strike, 0.0L);
      }
    }
    // 256 payoffs of about 100, each a few roundings off.
    expect_near(sums, expected, 256 * 400 * 32 * double_epsilon);
    if (groups != 400) continue;
    double sum = 0;
    for (const double each : sums) sum += each;
    const double price = std::exp(-market.rate * option.years) * sum / (400 * 256);
    const auto exact =
        expected_payoff(market, option, [&](long double s) { return std::max(s - option.strike, 0.0L); });
    // Four standard errors of 51,200 pairs, whose payoffs deviate by less than 20.
    EXPECT_NEAR(price, exact, 4 * 20 / std::sqrt(51'200.0));
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Finance);

}  // namespace

}  // namespace library::finance
