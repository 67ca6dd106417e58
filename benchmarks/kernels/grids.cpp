#include <cmath>
#include <cstddef>
#include <numeric>

#include "imaging.hpp"
#include "kernels.hpp"
#include "linear_algebra.hpp"
#include "stencils.hpp"
#include "suite.hpp"

namespace kernels {

namespace {

using benchmark::Way;
using benchmark::Work;

struct Mandelbrot {
  static constexpr const char* name = "Mandelbrot";
  static constexpr auto function = &Programs::mandelbrot;
  static constexpr double tolerance = 0;
  static constexpr std::uint32_t limit_of_steps = 256;
  static constexpr float left = -2.2f;
  static constexpr float top = 1.5f;

  explicit Mandelbrot(const Suite& suite)
      : side(static_cast<std::uint32_t>(suite.size(1024, 64))),
        pixel(3.0f / static_cast<float>(side)),
        steps(std::size_t{side} * side) {}
  /// Four multiplications and four additions for each step of each pixel.
  [[nodiscard]] Work work() const {
    const auto all = steps.span();
    return {8e-9 * static_cast<double>(std::accumulate(all.begin(), all.end(), std::uint64_t{0})), "GFLOP"};
  }
  static std::vector<Way> limit() { return float_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    const auto over = on.over({side, side});
    return repeated(over.prepare(library::imaging::mandelbrot, left, top, pixel, side, limit_of_steps, steps));
  }
  template <class F>
  void call(F function) {
    function(left, top, pixel, side, limit_of_steps, steps.mutable_span());
  }
  UnifiedBuffer<std::uint32_t>& result() { return steps; }

  std::uint32_t side;
  float pixel;
  UnifiedBuffer<std::uint32_t> steps;
};

struct Stencil {
  static constexpr const char* name = "5-point stencil";
  static constexpr auto function = &Programs::stencil;
  static constexpr double tolerance = 0;
  static constexpr float centre = 0.5f;
  static constexpr float side = 0.125f;

  explicit Stencil(const Suite& suite)
      : width(static_cast<std::uint32_t>(suite.size(4096, 96))),
        height(static_cast<std::uint32_t>(suite.size(2048, 33))),
        in(random_numbers<float>(std::size_t{width} * height, -1, 1)),
        out(in.size()) {}
  [[nodiscard]] Work work() const { return {2e-9 * static_cast<double>(in.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({width, height}).prepare(stencil, in, width, centre, side, out));
  }
  template <class F>
  void call(F function) {
    function(in.span(), width, centre, side, out.mutable_span());
  }
  UnifiedBuffer<float>& result() { return out; }

  std::uint32_t width;
  std::uint32_t height;
  UnifiedBuffer<float> in;
  UnifiedBuffer<float> out;
};

struct HeatStep {
  static constexpr const char* name = "3-D stencil";
  static constexpr auto function = &Programs::heat_step;
  static constexpr double tolerance = 0;
  static constexpr float diffusivity = 0.1f;

  explicit HeatStep(const Suite& suite)
      : side(static_cast<std::uint32_t>(suite.size(256, 32))),
        depth(side / 2),
        in(random_numbers<float>(std::size_t{side} * side * depth, -1, 1)),
        out(in.size()) {}
  [[nodiscard]] Work work() const { return {2e-9 * static_cast<double>(in.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    const auto over = on.over({side, side, depth});
    return repeated(over.prepare(library::stencils::heat_step, in, side, side, diffusivity, out));
  }
  template <class F>
  void call(F function) {
    function(in.span(), side, side, diffusivity, out.mutable_span());
  }
  UnifiedBuffer<float>& result() { return out; }

  std::uint32_t side;
  std::uint32_t depth;
  UnifiedBuffer<float> in;
  UnifiedBuffer<float> out;
};

struct Bilateral {
  static constexpr const char* name = "bilateral filter";
  static constexpr auto function = &Programs::bilateral;
  static constexpr double tolerance = 0;

  explicit Bilateral(const Suite& suite)
      : width(static_cast<std::uint32_t>(suite.size(1024, 64))),
        height(static_cast<std::uint32_t>(suite.size(768, 24))),
        in(random_numbers<std::uint8_t>(std::size_t{width} * height, 0, 255)),
        near(49),
        alike(256),
        out(in.size()) {
    for (int i = 0; i < 49; ++i) {
      const int squared = (i % 7 - 3) * (i % 7 - 3) + (i / 7 - 3) * (i / 7 - 3);
      near.mutable_span()[static_cast<std::size_t>(i)] = std::exp(static_cast<float>(-squared) / 8.0f);
    }
    for (int d = 0; d < 256; ++d) {
      alike.mutable_span()[static_cast<std::size_t>(d)] = std::exp(static_cast<float>(-d * d) / 1800.0f);
    }
  }
  /// Two multiplications and two additions for each of 49 neighbours.
  [[nodiscard]] Work work() const { return {49 * 4e-9 * static_cast<double>(in.size()), "GFLOP"}; }
  static std::vector<Way> limit() { return float_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({width, height}).prepare(library::imaging::bilateral, in, width, near, alike, out));
  }
  template <class F>
  void call(F function) {
    function(in.span(), width, near.span(), alike.span(), out.mutable_span());
  }
  UnifiedBuffer<std::uint8_t>& result() { return out; }

  std::uint32_t width;
  std::uint32_t height;
  UnifiedBuffer<std::uint8_t> in;
  UnifiedBuffer<float> near;
  UnifiedBuffer<float> alike;
  UnifiedBuffer<std::uint8_t> out;
};

struct Transpose {
  static constexpr const char* name = "transpose";
  static constexpr auto function = &Programs::transpose;
  static constexpr double tolerance = 0;

  explicit Transpose(const Suite& suite)
      : width(static_cast<std::uint32_t>(suite.size(4128, 64))),
        height(static_cast<std::uint32_t>(suite.size(3104, 96))),
        in(random_numbers<float>(std::size_t{width} * height, -1, 1)),
        out(in.size()) {}
  [[nodiscard]] Work work() const { return {2e-9 * static_cast<double>(in.size_bytes()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({width, height / 4}).prepare(library::linear_algebra::transpose<float>, in, width, out));
  }
  template <class F>
  void call(F function) {
    function(in.span(), width, out.mutable_span());
  }
  UnifiedBuffer<float>& result() { return out; }

  std::uint32_t width;
  std::uint32_t height;
  UnifiedBuffer<float> in;
  UnifiedBuffer<float> out;
};

}  // namespace

void solve_grids(const Suite& suite) {
  solve<Mandelbrot>(suite);
  solve<Stencil>(suite);
  solve<HeatStep>(suite);
  solve<Bilateral>(suite);
  solve<Transpose>(suite);
}

}  // namespace kernels
