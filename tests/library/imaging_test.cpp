// Pictures, against std::complex, std::nth_element, and a tracer of its own.

#include <algorithm>
#include <array>
#include <complex>

#include "devices.hpp"
#include "imaging.hpp"

namespace library::imaging {

namespace {

class Imaging : public OnDevice {};

constexpr std::array<std::array<std::uint32_t, 2>, 7> shapes{
    {{1, 1}, {0, 0}, {3, 2}, {16, 16}, {17, 31}, {1, 50}, {97, 64}}};

// Every operation is rounded alike: no tolerance.
TEST_P(Imaging, FindMandelbrotsSet) {
  for (const auto& [width, height] : shapes) {
    const float pixel = 3.0f / static_cast<float>(std::max(width, 1u));
    std::vector<std::uint32_t> steps(std::size_t{width} * height);
    std::vector<std::uint32_t> expected(steps.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::complex<float> c(-2.2f + static_cast<float>(i % width) * pixel,
                                  1.4f - static_cast<float>(i / width) * pixel);
      std::complex<float> z;
      while (expected[i] < 300 && std::norm(z) <= 4) z = z * z + c, ++expected[i];
    }
    device().over({width, height}).run(mandelbrot, -2.2f, 1.4f, pixel, width, 300u, steps);
    expect_equal(steps, expected);
  }
}

TEST_P(Imaging, SmoothButKeepEdges) {
  std::vector<float> near(49);
  std::vector<float> alike(256);
  for (int i = 0; i < 49; ++i) {
    const int squared = (i % 7 - 3) * (i % 7 - 3) + (i / 7 - 3) * (i / 7 - 3);
    near[static_cast<std::size_t>(i)] = static_cast<float>(std::exp(-squared / 8.0));
  }
  for (int d = 0; d < 256; ++d) alike[static_cast<std::size_t>(d)] = static_cast<float>(std::exp(-d * d / 1800.0));
  for (const auto& [width, height] : shapes) {
    auto in = random_numbers<std::uint8_t>(std::size_t{width} * height, 80, 120);
    for (std::size_t i = 0; i < in.size(); ++i)
      in[i] = static_cast<std::uint8_t>(in[i] + (i % width > width / 2 ? 100 : 0));
    std::vector<double> expected(in.size());
    for (int i = 0; i < static_cast<int>(in.size()); ++i) {
      const int w = static_cast<int>(width);
      const int here = in[static_cast<std::size_t>(i)];
      double sum = 0;
      double weights = 0;
      for (int dy = -3; dy <= 3; ++dy) {
        for (int dx = -3; dx <= 3; ++dx) {
          const int x = std::clamp(i % w + dx, 0, w - 1);
          const int y = std::clamp(i / w + dy, 0, static_cast<int>(height) - 1);
          const int value = in[static_cast<std::size_t>(y * w + x)];
          const double weight = std::exp(-(dx * dx + dy * dy) / 8.0 - (value - here) * (value - here) / 1800.0);
          sum += weight * value;
          weights += weight;
        }
      }
      expected[static_cast<std::size_t>(i)] = sum / weights;
    }
    std::vector<std::uint8_t> out(in.size());
    device().over({width, height}).run(bilateral, in, width, near, alike, out);
    // Rounded to the nearest integer, from sums of 49 floats.
    expect_near(out, expected, 0.501);
  }
}

template <class T>
std::vector<T> expected_median(const std::vector<T>& in, std::size_t width, std::size_t height) {
  std::vector<T> out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    std::vector<T> window;
    for (const std::size_t y : {i / width == 0 ? 0 : i / width - 1, i / width, std::min(i / width + 1, height - 1)}) {
      for (const std::size_t x : {i % width == 0 ? 0 : i % width - 1, i % width, std::min(i % width + 1, width - 1)}) {
        window.push_back(in[y * width + x]);
      }
    }
    std::nth_element(window.begin(), window.begin() + 4, window.end());
    out[i] = window[4];
  }
  return out;
}

TEST_P(Imaging, TakeMedians) {
  for (const auto& [width, height] : shapes) {
    const auto bytes = random_numbers<std::uint8_t>(std::size_t{width} * height, 0, 255);
    std::vector<std::uint8_t> byte_medians(bytes.size());
    device().over({width, height}).run(median<std::uint8_t>, bytes, width, byte_medians);
    expect_equal(byte_medians, expected_median(bytes, width, height));
    const auto floats = random_numbers<float>(std::size_t{width} * height, -1, 1);
    std::vector<float> float_medians(floats.size());
    device().over({width, height}).run(median<float>, floats, width, float_medians);
    expect_equal(float_medians, expected_median(floats, width, height));
  }
}

/// A recursive tracer in double.
class Tracer {
 public:
  using Point = std::array<double, 3>;

  Tracer(std::vector<Sphere> spheres, const Vector& light)
      : spheres_(std::move(spheres)), light_{light.x, light.y, light.z} {}

  [[nodiscard]] double brightness(const Point& from, const Point& towards, int depth) const {
    double distance = 0;
    const Sphere* const sphere = hit(from, towards, distance);
    if (sphere == nullptr) return 0.2 * (towards[1] + 1);
    const Point point = moved(from, towards, distance);
    const Point normal = unit(between({sphere->centre.x, sphere->centre.y, sphere->centre.z}, point));
    const Point to_light = unit(between(point, light_));
    double unused = 0;
    const double diffuse = hit(point, to_light, unused) == nullptr ? std::max(dot(normal, to_light), 0.0) : 0;
    const double own = (1 - double{sphere->mirror}) * sphere->brightness * (0.1 + diffuse);
    if (depth == 0 || sphere->mirror == 0) return own;
    const Point mirrored = moved(towards, normal, -2 * dot(towards, normal));
    return own + sphere->mirror * brightness(point, mirrored, depth - 1);
  }

 private:
  static double dot(const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
  static Point between(const Point& a, const Point& b) { return {b[0] - a[0], b[1] - a[1], b[2] - a[2]}; }
  static Point moved(const Point& a, const Point& b, double t) {
    return {a[0] + t * b[0], a[1] + t * b[1], a[2] + t * b[2]};
  }
  static Point unit(const Point& a) { return moved({0, 0, 0}, a, 1 / std::sqrt(dot(a, a))); }

  /// The roots of |from + t towards - centre|^2 = radius^2.
  const Sphere* hit(const Point& from, const Point& towards, double& distance) const {
    const Sphere* nearest = nullptr;
    for (const Sphere& sphere : spheres_) {
      const Point offset = between({sphere.centre.x, sphere.centre.y, sphere.centre.z}, from);
      const double b = 2 * dot(offset, towards);
      const double discriminant = b * b - 4 * (dot(offset, offset) - double{sphere.radius} * sphere.radius);
      if (discriminant <= 0) continue;
      for (const double t : {(-b - std::sqrt(discriminant)) / 2, (-b + std::sqrt(discriminant)) / 2}) {
        if (t <= 1e-3) continue;
        if (nearest == nullptr || t < distance) nearest = &sphere, distance = t;
        break;
      }
    }
    return nearest;
  }

  std::vector<Sphere> spheres_;
  Point light_;
};

TEST_P(Imaging, TraceSpheres) {
  const Camera camera{.eye = {0, 1, 6}, .focal_length = 1.2f};
  const Vector light{6, 8, 4};
  const std::vector<Sphere> spheres{{{0, -100, 0}, 100, 0.6f, 0},
                                    {{-1.2f, 1, 0}, 1, 0.9f, 0.3f},
                                    {{1.3f, 0.8f, 0.5f}, 0.8f, 0.7f, 0.5f},
                                    {{0.2f, 0.3f, 1.8f}, 0.3f, 1, 0}};
  const Tracer tracer(spheres, light);
  for (const auto& [width, height] : shapes) {
    std::vector<float> picture(std::size_t{width} * height);
    device().over({width, height}).run(trace_spheres, camera, light, spheres, width, picture);
    std::size_t different = 0;
    for (std::size_t i = 0; i < picture.size(); ++i) {
      const double x = (static_cast<double>(i % width) + 0.5) / width - 0.5;
      const double y = 0.5 - (static_cast<double>(i / width) + 0.5) / width;
      const double length = std::sqrt(x * x + y * y + double{camera.focal_length} * camera.focal_length);
      const double expected = tracer.brightness({0, 1, 6}, {x / length, y / length, -camera.focal_length / length}, 4);
      different += std::fabs(expected - static_cast<double>(picture[i])) > 2e-3 ? 1u : 0u;
    }
    // Where a ray passes an edge, a rounding decides which sphere is met.
    EXPECT_LE(different, picture.size() / 100) << width << " x " << height;
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Imaging);

}  // namespace

}  // namespace library::imaging
