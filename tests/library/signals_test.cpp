// The Fourier transform, against its definition.

#include <numbers>

#include "devices.hpp"
#include "signals.hpp"

namespace library::signals {

namespace {

using Signal = std::vector<Complex>;

class Signals : public OnDevice {
 protected:
  Signal random_signal(std::size_t n) {
    Signal signal(n);
    for (Complex& each : signal) each = {random_numbers<float>(1, -1, 1)[0], random_numbers<float>(1, -1, 1)[0]};
    return signal;
  }

  /// All stages of one radix.
  Signal transform(Signal signal, std::uint32_t radix) {
    const std::size_t n = signal.size();
    Signal twiddles(n);
    for (std::size_t k = 0; k < n; ++k) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
      twiddles[k] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    }
    Signal next(n);
    for (std::uint32_t done = 1; done < n; done *= radix) {
      device().over(n / radix).run(radix == 2 ? fft_radix_2 : fft_radix_4, signal, twiddles, done, next);
      std::swap(signal, next);
    }
    return signal;
  }
};

void expect_transform_of(const Signal& in, const Signal& out) {
  const std::size_t n = in.size();
  // Higham, Accuracy and Stability of Numerical Algorithms, section 24.1: for each stage of radix 2 at most 6 roundings
  // of numbers as large as the norm, here the square root of 2 n.
  const double limit =
      6 * std::log2(static_cast<double>(2 * n)) * std::sqrt(static_cast<double>(2 * n)) * float_epsilon;
  for (std::size_t k = 0; k < n; ++k) {
    long double re = 0;
    long double im = 0;
    for (std::size_t t = 0; t < n; ++t) {
      const long double angle =
          -2 * std::numbers::pi_v<long double> * static_cast<long double>(k * t % n) / static_cast<long double>(n);
      re += in[t].re * std::cos(angle) - in[t].im * std::sin(angle);
      im += in[t].re * std::sin(angle) + in[t].im * std::cos(angle);
    }
    ASSERT_NEAR(out[k].re, static_cast<double>(re), limit) << k << " of " << n;
    ASSERT_NEAR(out[k].im, static_cast<double>(im), limit) << k << " of " << n;
  }
}

TEST_P(Signals, AreTransformedWithRadix2) {
  for (const std::size_t n : {0u, 1u, 2u, 8u, 128u, 1024u}) {
    const Signal signal = random_signal(n);
    expect_transform_of(signal, transform(signal, 2));
  }
}

TEST_P(Signals, AreTransformedWithRadix4) {
  for (const std::size_t n : {1u, 4u, 64u, 1024u}) {
    const Signal signal = random_signal(n);
    expect_transform_of(signal, transform(signal, 4));
  }
}

// Parseval's theorem, and a tone is one line.
TEST_P(Signals, KeepTheirEnergy) {
  constexpr std::size_t n = 65'536;
  constexpr std::size_t tone = 4321;
  Signal signal(n);
  for (std::size_t t = 0; t < n; ++t) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(tone * t % n) / n;
    signal[t] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  }
  for (const std::uint32_t radix : {2u, 4u}) {
    const Signal spectrum = transform(signal, radix);
    double others = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (k != tone) others = std::max(others, std::hypot(double{spectrum[k].re}, double{spectrum[k].im}));
    }
    EXPECT_NEAR(spectrum[tone].re, n, 1);
    EXPECT_NEAR(spectrum[tone].im, 0, 1);
    EXPECT_LE(others, 1);
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Signals);

}  // namespace

}  // namespace library::signals
