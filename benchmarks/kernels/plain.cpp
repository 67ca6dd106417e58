// Ordinary loops, without a thought of the processor. Compiled several times, with other options and another PROGRAMS.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "programs.hpp"
#include "scalar_sha256.hpp"

namespace kernels {

namespace {

void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> c) {
#pragma omp parallel for
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = a[i] + b[i];
}

void saxpy(float a, std::span<const float> x, std::span<float> y) {
#pragma omp parallel for
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a * x[i] + y[i];
}

void mandelbrot(float left, float top, float pixel, std::uint32_t width, std::uint32_t limit,
                std::span<std::uint32_t> steps) {
#pragma omp parallel for schedule(dynamic)
  for (std::size_t row = 0; row < steps.size() / width; ++row) {
    for (std::size_t column = 0; column < width; ++column) {
      const float x = left + static_cast<float>(column) * pixel;
      const float y = top - static_cast<float>(row) * pixel;
      float real = 0;
      float imaginary = 0;
      std::uint32_t count = 0;
      while (count < limit && real * real + imaginary * imaginary <= 4.0f) {
        const float next = real * real - imaginary * imaginary + x;
        imaginary = 2.0f * real * imaginary + y;
        real = next;
        ++count;
      }
      steps[row * width + column] = count;
    }
  }
}

void multiply(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c) {
  const std::size_t columns = b.size() / inner;
#pragma omp parallel for
  for (std::size_t row = 0; row < a.size() / inner; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      float sum = 0;
      for (std::size_t k = 0; k < inner; ++k) sum += a[row * inner + k] * b[k * columns + column];
      c[row * columns + column] = sum;
    }
  }
}

void n_body(std::span<const Body> bodies, float softening, std::span<Acceleration> accelerations) {
#pragma omp parallel for
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    Acceleration sum{};
    for (const Body& other : bodies) {
      const float x = other.x - bodies[i].x;
      const float y = other.y - bodies[i].y;
      const float z = other.z - bodies[i].z;
      const float squared = x * x + y * y + z * z + softening * softening;
      const float inverse = 1.0f / std::sqrt(squared);
      const float pull = other.mass * inverse * inverse * inverse;
      sum.x += x * pull;
      sum.y += y * pull;
      sum.z += z * pull;
    }
    accelerations[i] = sum;
  }
}

void stencil(std::span<const float> in, std::uint32_t width, float centre, float side, std::span<float> out) {
  const std::size_t height = in.size() / width;
#pragma omp parallel for
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = y * width + x;
      if (x == 0 || y == 0 || x + 1 == width || y + 1 == height) {
        out[at] = in[at];
      } else {
        out[at] = centre * in[at] + side * (in[at - 1] + in[at + 1] + in[at - width] + in[at + width]);
      }
    }
  }
}

float normal_cdf(float x) { return 0.5f + 0.5f * std::erf(x * 0.70710678f); }

void black_scholes(float rate, float volatility, std::span<const float> spot, std::span<const float> strike,
                   std::span<const float> years, std::span<float> call, std::span<float> put) {
#pragma omp parallel for
  for (std::size_t i = 0; i < call.size(); ++i) {
    const float deviation = volatility * std::sqrt(years[i]);
    const float d1 = (std::log(spot[i] / strike[i]) + (rate + 0.5f * volatility * volatility) * years[i]) / deviation;
    const float d2 = d1 - deviation;
    const float discounted = strike[i] * std::exp(-rate * years[i]);
    call[i] = spot[i] * normal_cdf(d1) - discounted * normal_cdf(d2);
    put[i] = call[i] + discounted - spot[i];
  }
}

float sum(std::span<const float> in) {
  float total = 0;
#pragma omp parallel for reduction(+ : total)
  for (std::size_t i = 0; i < in.size(); ++i) total += in[i];
  return total;
}

void bilateral(std::span<const std::uint8_t> in, std::uint32_t width, std::span<const float> near,
               std::span<const float> alike, std::span<std::uint8_t> out) {
  const auto last_x = static_cast<std::ptrdiff_t>(width) - 1;
  const auto last_y = static_cast<std::ptrdiff_t>(in.size() / width) - 1;
#pragma omp parallel for
  for (std::ptrdiff_t y = 0; y <= last_y; ++y) {
    for (std::ptrdiff_t x = 0; x <= last_x; ++x) {
      const int here = in[static_cast<std::size_t>(y * (last_x + 1) + x)];
      float sum = 0;
      float weights = 0;
      for (std::ptrdiff_t row = 0; row < 7; ++row) {
        const std::ptrdiff_t from_y = std::clamp<std::ptrdiff_t>(y + row - 3, 0, last_y);
        for (std::ptrdiff_t column = 0; column < 7; ++column) {
          const std::ptrdiff_t from_x = std::clamp<std::ptrdiff_t>(x + column - 3, 0, last_x);
          const int value = in[static_cast<std::size_t>(from_y * (last_x + 1) + from_x)];
          const float weight = near[static_cast<std::size_t>(row * 7 + column)] *
                               alike[static_cast<std::size_t>(std::abs(value - here))];
          sum += weight * static_cast<float>(value);
          weights += weight;
        }
      }
      out[static_cast<std::size_t>(y * (last_x + 1) + x)] = static_cast<std::uint8_t>(sum / weights + 0.5f);
    }
  }
}

void csr_multiply(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                  std::span<const double> values, std::span<const double> x, std::span<double> y) {
#pragma omp parallel for
  for (std::size_t row = 0; row < y.size(); ++row) {
    double sum = 0;
    for (std::size_t k = row_begin[row]; k < row_begin[row + 1]; ++k) sum += values[k] * x[columns[k]];
    y[row] = sum;
  }
}

void transpose(std::span<const float> in, std::uint32_t width, std::span<float> out) {
  const std::size_t height = in.size() / width;
#pragma omp parallel for
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) out[x * height + y] = in[y * width + x];
  }
}

void histogram(std::span<const std::uint8_t> in, std::span<std::uint32_t> counts) {
  std::uint32_t mine[256] = {};
#pragma omp parallel for reduction(+ : mine[ : 256])
  for (std::size_t i = 0; i < in.size(); ++i) ++mine[in[i]];
  std::copy(mine, mine + 256, counts.begin());
}

void exclusive_scan(std::span<const std::uint32_t> in, std::span<std::uint32_t> out) {
  std::uint32_t before = 0;
#pragma omp parallel for reduction(inscan, + : before)
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[i] = before;
#pragma omp scan exclusive(before)
    before += in[i];
  }
}

void heat_step(std::span<const float> in, std::uint32_t width, std::uint32_t height, float diffusivity,
               std::span<float> out) {
  const std::size_t plane = std::size_t{width} * height;
  const std::size_t depth = in.size() / plane;
#pragma omp parallel for
  for (std::size_t z = 0; z < depth; ++z) {
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < width; ++x) {
        const std::size_t at = z * plane + y * width + x;
        float next = in[at];
        if (x > 0 && y > 0 && z > 0 && x + 1 < width && y + 1 < height && z + 1 < depth) {
          next += diffusivity * (in[at - 1] + in[at + 1] + in[at - width] + in[at + width] + in[at - plane] +
                                 in[at + plane] - 6.0f * in[at]);
        }
        out[at] = next;
      }
    }
  }
}

void multiply_int8(Quantisation quantisation, std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                   std::uint32_t inner, std::span<std::int8_t> c) {
  const std::size_t columns = b.size() / inner;
#pragma omp parallel for
  for (std::size_t row = 0; row < a.size() / inner; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      std::int32_t sum = 0;
      for (std::size_t k = 0; k < inner; ++k) {
        sum += (a[row * inner + k] - quantisation.zero_a) * (b[k * columns + column] - quantisation.zero_b);
      }
      const float scaled =
          std::nearbyint(static_cast<float>(sum) * quantisation.scale) + static_cast<float>(quantisation.zero_result);
      c[row * columns + column] = static_cast<std::int8_t>(std::fmin(std::fmax(scaled, -128.0f), 127.0f));
    }
  }
}

void sha256(std::span<const std::uint8_t> bytes, std::span<const std::uint32_t> begins, std::span<Digest> digests) {
#pragma omp parallel for
  for (std::size_t i = 0; i < digests.size(); ++i) {
    std::uint32_t hash[8];
    std::memcpy(hash, sha256_start, sizeof hash);
    for_sha256_blocks(bytes.subspan(begins[i], begins[i + 1] - begins[i]), 0,
                      [&](const std::uint8_t* block) { sha256_block(hash, block); });
    std::memcpy(digests[i].words, hash, sizeof hash);
  }
}

}  // namespace

#ifdef FAST_PROGRAMS
extern const Programs FAST_PROGRAMS = [] {
  Programs programs{};
  programs.name = "-ffast-math";
  programs.fast_black_scholes = black_scholes;
  programs.fast_multiply = multiply;
  return programs;
}();
#else
extern const Programs PROGRAMS{"",        vector_add,     saxpy,     mandelbrot,    multiply,     n_body,
                               stencil,   black_scholes,  sum,       bilateral,     csr_multiply, transpose,
                               histogram, exclusive_scan, heat_step, multiply_int8, sha256,       black_scholes,
                               multiply};
#endif

}  // namespace kernels
