#pragma once

/// Signals.

#include <cstdint>
#include <span>

namespace library::signals {

struct Complex {
  float re;
  float im;
  Complex operator+(const Complex& other) const { return {re + other.re, im + other.im}; }
  Complex operator-(const Complex& other) const { return {re - other.re, im - other.im}; }
  Complex operator*(const Complex& other) const {
    return {re * other.re - im * other.im, re * other.im + im * other.re};
  }
  /// This times -i.
  Complex turned() const { return {im, -re}; }
};

/// A stage of a Fourier transform of n = in.size() numbers, a power of the radix, from one array to another: `done` is
/// the product of the radices of the stages before. twiddles[k] = exp(-2 pi i k / n). n / radix items.
void fft_radix_2(std::span<const Complex> in, std::span<const Complex> twiddles, std::uint32_t done,
                 std::span<Complex> out);
void fft_radix_4(std::span<const Complex> in, std::span<const Complex> twiddles, std::uint32_t done,
                 std::span<Complex> out);

}  // namespace library::signals
