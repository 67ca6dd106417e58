#include "imaging.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <dotcompute/kernel.hpp>

namespace library::imaging {

using namespace dotcompute;

/// Mandelbrot, Fractal aspects of the iteration of z -> lambda z (1 - z), 1980: the escape-time algorithm.
DOTCOMPUTE_KERNEL void mandelbrot(float left, float top, float pixel, std::uint32_t width, std::uint32_t limit,
                                  std::span<std::uint32_t> steps) {
  const std::size_t column = global_id<0>();
  const std::size_t row = global_id<1>();
  if (column >= width || row * width + column >= steps.size()) return;
  const float x = left + static_cast<float>(column) * pixel;
  const float y = top - static_cast<float>(row) * pixel;
  const std::uint32_t most = std::min(limit, 1000u);
  float real = 0;
  float imaginary = 0;
  std::uint32_t count = 0;
  while (count < most && real * real + imaginary * imaginary <= 4.0f) {
    const float next = real * real - imaginary * imaginary + x;
    imaginary = 2.0f * real * imaginary + y;
    real = next;
    ++count;
  }
  steps[row * width + column] = count;
}

/// Tomasi and Manduchi, Bilateral Filtering for Gray and Color Images, 1998, with both Gaussians in tables, as
/// Podlozhnyuk's Image Denoising, 2007, keeps them.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void bilateral(std::span<const std::uint8_t> in, std::uint32_t width,
                                                          std::span<const float> near, std::span<const float> alike,
                                                          std::span<std::uint8_t> out) {
  constexpr int radius = 3;
  constexpr int side = 16 + 2 * radius;
  SharedArray<std::uint8_t, side * side> tile;
  if (width == 0 || in.size() < width || near.size() < 49 || alike.size() < 256) return;
  const std::size_t height = in.size() / width;
  const auto first_x = static_cast<std::int64_t>(group_id<0>() * 16) - radius;
  const auto first_y = static_cast<std::int64_t>(group_id<1>() * 16) - radius;
  for (int k = static_cast<int>(local_id<1>() * 16 + local_id<0>()); k < side * side; k += 256) {
    const auto x = std::clamp<std::int64_t>(first_x + k % side, 0, std::int64_t{width} - 1);
    const auto y = std::clamp<std::int64_t>(first_y + k / side, 0, static_cast<std::int64_t>(height) - 1);
    tile[static_cast<std::size_t>(k)] = in[static_cast<std::size_t>(y * width + x)];
  }
  barrier();
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  if (x >= width || y >= height || y * width + x >= out.size()) return;
  const int here = tile[(local_id<1>() + radius) * side + local_id<0>() + radius];
  float sum = 0;
  float weights = 0;
  for (std::size_t row = 0; row < 7; ++row) {
    for (std::size_t column = 0; column < 7; ++column) {
      const int value = tile[(local_id<1>() + row) * side + local_id<0>() + column];
      const float weight = near[row * 7 + column] * alike[static_cast<std::size_t>(std::abs(value - here))];
      sum += weight * static_cast<float>(value);
      weights += weight;
    }
  }
  const float mean = sum / weights + 0.5f;
  out[y * width + x] = mean >= 0 && mean < 256 ? static_cast<std::uint8_t>(mean) : std::uint8_t{0};
}

template <class T>
void order(T& low, T& high) {
  const T smaller = std::min(low, high);
  high = std::max(low, high);
  low = smaller;
}

/// Two places of nine, of which the first gets the smaller value.
struct Exchange {
  std::uint8_t low;
  std::uint8_t high;
};

/// Paeth, Median Finding on a 3 x 3 Grid (Graphics Gems, 1990), as Devillard's network of 19 exchanges, 1998.
template <class T>
DOTCOMPUTE_KERNEL void median(std::span<const T> in, std::uint32_t width, std::span<T> out) {
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  if (x >= width) return;
  const std::size_t height = std::min(in.size(), out.size()) / width;
  if (y >= height) return;
  std::array<T, 9> p;
  for (std::size_t k = 0; k < 9; ++k) {
    // Shifted by one, so that what lies before the border becomes the border.
    const std::size_t row = std::clamp<std::size_t>(y + k / 3, 1, height) - 1;
    const std::size_t column = std::clamp<std::size_t>(x + k % 3, 1, width) - 1;
    p[k] = in[row * width + column];
  }
  constexpr Exchange network[] = {{1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {1, 2}, {4, 5}, {7, 8}, {0, 3},
                                  {5, 8}, {4, 7}, {3, 6}, {1, 4}, {2, 5}, {4, 7}, {4, 2}, {6, 4}, {4, 2}};
  for (const auto& [low, high] : network) order(p[low], p[high]);
  out[y * width + x] = p[4];
}
template void median<std::uint8_t>(std::span<const std::uint8_t>, std::uint32_t, std::span<std::uint8_t>);
template void median<float>(std::span<const float>, std::uint32_t, std::span<float>);

struct Ray {
  Vector from;
  Vector direction;
};

struct Hit {
  float distance;
  int sphere;  ///< Negative if there is none.
};

inline Vector normalised(const Vector& v) { return v * (1.0f / std::sqrt(v.dot(v))); }

/// Glassner (ed.), An Introduction to Ray Tracing, 1989, chapter 2: the nearest intersection in front of the origin.
inline Hit nearest_hit(const Ray& ray, std::span<const Sphere> spheres) {
  constexpr float too_near = 1e-3f;
  Hit nearest{1e30f, -1};
  for (std::size_t s = 0; s < spheres.size(); ++s) {
    const Vector to_centre = spheres[s].centre - ray.from;
    const float along = to_centre.dot(ray.direction);
    const float inside = spheres[s].radius * spheres[s].radius - to_centre.dot(to_centre) + along * along;
    if (!(inside > 0)) continue;
    const float half_chord = std::sqrt(inside);
    const float distance = along - half_chord > too_near ? along - half_chord : along + half_chord;
    if (distance > too_near && distance < nearest.distance) nearest = {distance, static_cast<int>(s)};
  }
  return nearest;
}

DOTCOMPUTE_KERNEL void trace_spheres(Camera camera, Vector light, std::span<const Sphere> spheres, std::uint32_t width,
                                     std::span<float> brightness) {
  const std::size_t column = global_id<0>();
  const std::size_t row = global_id<1>();
  if (column >= width || row * width + column >= brightness.size()) return;
  const auto scene = spheres.first(std::min<std::size_t>(spheres.size(), 64));
  const float pixel = 1.0f / static_cast<float>(width);
  Ray ray{camera.eye, normalised({(static_cast<float>(column) + 0.5f) * pixel - 0.5f,
                                  0.5f - (static_cast<float>(row) + 0.5f) * pixel, -camera.focal_length})};
  float sum = 0;
  float weight = 1;
  for (int depth = 0; depth < 5; ++depth) {
    const Hit hit = nearest_hit(ray, scene);
    if (hit.sphere < 0) {
      sum += weight * 0.2f * (ray.direction.y + 1.0f);  // the sky
      break;
    }
    const Sphere& sphere = scene[static_cast<std::size_t>(hit.sphere)];
    const Vector point = ray.from + ray.direction * hit.distance;
    const Vector normal = normalised(point - sphere.centre);
    const Vector to_light = normalised(light - point);
    const bool is_lit = nearest_hit({point, to_light}, scene).sphere < 0;
    const float diffuse = is_lit ? std::max(normal.dot(to_light), 0.0f) : 0.0f;
    sum += weight * (1.0f - sphere.mirror) * sphere.brightness * (0.1f + diffuse);
    weight *= sphere.mirror;
    if (!(weight > 1e-3f)) break;
    ray = {point, ray.direction - normal * (2.0f * ray.direction.dot(normal))};
  }
  brightness[row * width + column] = sum;
}

}  // namespace library::imaging
