// Control flow: loops of every kind, early exits, switches, calls, references, pointers and local arrays.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include <dotcompute/kernel.hpp>

#include "instantiate.hpp"

namespace suite {

using dotcompute::global_id;
using dotcompute::global_size;

DOTCOMPUTE_KERNEL void collatz(std::span<const std::uint32_t> start, std::span<std::uint32_t> steps) {
  const std::size_t i = global_id();
  if (i >= steps.size()) return;
  std::uint64_t n = start[i] % 10000 + 1;
  std::uint32_t count = 0;
  while (n != 1) {
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    if (++count > 200) break;
  }
  steps[i] = count;
}

template <class T>
DOTCOMPUTE_KERNEL void mandelbrot(std::span<std::int32_t> iterations) {
  const std::size_t i = global_id();
  if (i >= iterations.size()) return;
  const T cx = T(-2) + T(3) * T(i % 256) / T(256);
  const T cy = T(-1) + T(2) * T(i / 256 % 256) / T(256);
  T x = 0;
  T y = 0;
  std::int32_t count = 0;
  do {
    const T next = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = next;
    ++count;
  } while (count < 50 && x * x + y * y < T(4));
  iterations[i] = count;
}
template void mandelbrot<float>(std::span<std::int32_t>);
template void mandelbrot<double>(std::span<std::int32_t>);

template <class T>
DOTCOMPUTE_KERNEL void choices(std::span<const T> in, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  T v = in[i];
  switch (i % 7) {
    case 0: v += T(1); break;
    case 1:
    case 2: v *= T(2); [[fallthrough]];
    case 3: v -= T(3); break;
    case 4: {
      if (v > T(10)) break;
      v = T(10);
      break;
    }
    default: v = static_cast<T>(v / T(2)); break;
  }
  out[i] = v;
}
#define I(T) template void choices<T>(std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
T sum_of(std::span<const T> values) {
  T sum{};
  for (const T& value : values) {
    if (value == T(13)) continue;
    sum = static_cast<T>(sum + value);
  }
  return sum;
}

template <class T>
DOTCOMPUTE_KERNEL void window(std::span<const T> in, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const std::size_t first = i < 4 ? 0 : i - 4;
  const std::size_t last = std::min(in.size(), i + 5);
  out[i] = sum_of(in.subspan(first, last - first));
}
#define I(T) template void window<T>(std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
void exchange_if(T& low, T& high) {
  if (high < low) std::swap(low, high);
}

// A small sorting network over a local array, through references.
template <class T>
DOTCOMPUTE_KERNEL void median(std::span<const T> in, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  T values[5] = {};
  for (std::size_t k = 0; k < 5; ++k) values[k] = in[(i + k) % in.size()];
  for (int pass = 0; pass < 5; ++pass) {
    for (int k = pass % 2; k + 1 < 5; k += 2) exchange_if(values[k], values[k + 1]);
  }
  out[i] = values[2];
}
#define I(T) template void median<T>(std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void pointers(std::span<const T> in, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  const T* place = in.data() + i;
  const T* const end = in.data() + in.size();
  T last{};
  for (int k = 0; k < 3 && place != end; ++k, ++place) last = *place;
  T* target = &out[i];
  *target = static_cast<T>(last + T(end - place > 3 ? 3 : end - place));
}
#define I(T) template void pointers<T>(std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

constexpr std::array<float, 5> weights{0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f};

DOTCOMPUTE_KERNEL void blur(std::span<const float> in, std::span<float> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  float sum = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto at =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(i + k) - 2, 0, static_cast<std::int64_t>(in.size()) - 1);
    sum += weights[k] * in[static_cast<std::size_t>(at)];
  }
  out[i] = sum;
}

DOTCOMPUTE_KERNEL void gather(std::span<const double> in, std::span<const std::uint32_t> index, std::span<double> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[i] = in[index[i] % in.size()];
}

DOTCOMPUTE_KERNEL void reverse(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  const std::size_t i = global_id();
  if (i < out.size()) out[out.size() - 1 - i] = in[i];
}

template <class T>
DOTCOMPUTE_KERNEL void mix(std::span<const T> seed, std::span<T> out) {
  const std::size_t i = global_id();
  if (i >= out.size()) return;
  T h = static_cast<T>(seed[i] + T(0x9E));
  for (unsigned turn = 0; turn < 4; ++turn) {
    h = std::rotl(h, 3);
    h = static_cast<T>(h * T(0x85));
    h ^= static_cast<T>(h >> (sizeof(T) * 4));
  }
  out[i] = static_cast<T>(h + T(std::popcount(h)) + T(std::countl_zero(h)) + T(std::countr_zero(h)) +
                          std::has_single_bit(h));
}
#define I(T) template void mix<T>(std::span<const T>, std::span<T>);
FOR_UNSIGNED_INTEGERS(I)
#undef I

template <class T>
DOTCOMPUTE_KERNEL void common_divisor(std::span<const T> a, std::span<T> b) {
  const std::size_t i = global_id();
  if (i >= b.size()) return;
  T x = static_cast<T>(a[i] % T(100));
  T y = static_cast<T>(b[i] % T(100));
  if constexpr (std::is_signed_v<T>) {
    x = static_cast<T>(std::abs(static_cast<int>(x)));
    y = static_cast<T>(std::abs(static_cast<int>(y)));
  }
  while (y != 0) x = std::exchange(y, static_cast<T>(x % y));
  b[i] = x;
}
#define I(T) template void common_divisor<T>(std::span<const T>, std::span<T>);
FOR_INTEGERS(I)
#undef I

struct Particle {
  float x = 0;
  float y = 0;
  float speed[2] = {1, -1};
  std::int32_t age = 0;

  float energy() const { return speed[0] * speed[0] + speed[1] * speed[1]; }
  void advance(float dt) {
    x += dt * speed[0];
    y += dt * speed[1];
    ++age;
  }
};

struct Complex {
  double re;
  double im;
  friend Complex operator*(const Complex& a, const Complex& b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  Complex& operator+=(Complex other) {
    re += other.re;
    im += other.im;
    return *this;
  }
};

DOTCOMPUTE_KERNEL void particles(std::span<Particle> all, Particle wind, float dt) {
  const std::size_t i = global_id();
  if (i >= all.size()) return;
  Particle& p = all[i];
  if (p.energy() > 100.0f) p = Particle{.x = wind.x, .y = p.y};
  for (float& component : p.speed) component *= 0.5f;
  p.advance(dt);
}

DOTCOMPUTE_KERNEL void complex_power(std::span<Complex> values, std::span<const Complex> offsets) {
  const std::size_t i = global_id();
  if (i >= values.size()) return;
  Complex z = values[i];
  const auto& [re, im] = offsets[i];
  for (int k = 0; k < 3; ++k) z = z * z;
  z += {re, im};
  values[i] = z;
}

// Grids of two and three dimensions; the spans' sizes have no special relation to them.
template <class T>
DOTCOMPUTE_KERNEL void plane(std::span<const T> in, std::span<T> out) {
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  const std::size_t at = y * global_size<0>() + x;
  if (at >= out.size()) return;
  T sum = in[at];
  if (x > 0) sum = static_cast<T>(sum + in[at - 1]);
  if (y > 0) sum = static_cast<T>(sum - in[at - global_size<0>()]);
  if (at + 1 < in.size()) sum = static_cast<T>(sum + in[at + 1] * T(2));
  out[at] = sum;
}
#define I(T) template void plane<T>(std::span<const T>, std::span<T>);
FOR_NUMBERS(I)
#undef I

DOTCOMPUTE_KERNEL void volume(std::span<const float> in, std::span<float> out) {
  const std::size_t x = global_id<0>(), y = global_id<1>(), z = global_id<2>();
  const std::size_t at = (z * global_size<1>() + y) * global_size<0>() + x;
  if (at >= out.size()) return;
  float sum = 0;
  for (std::size_t dz = 0; dz < 2; ++dz) {
    for (std::size_t dy = 0; dy < 2; ++dy) {
      for (std::size_t dx = 0; dx < 2; ++dx) {
        const std::size_t there = ((z + dz) * global_size<1>() + y + dy) * global_size<0>() + x + dx;
        if (there >= in.size()) continue;
        sum += in[there];
      }
    }
  }
  out[at] = sum;
}

}  // namespace suite
