#pragma once

/// Pictures: row by row, in two dimensions.

#include <cstdint>
#include <span>

namespace library::imaging {

/// How many steps each point of the plane takes to leave the circle of radius 2, at most `limit` and 1000.
void mandelbrot(float left, float top, float pixel, std::uint32_t width, std::uint32_t limit,
                std::span<std::uint32_t> steps);

/// The bilateral filter of radius 3 over 8-bit pixels. `near[i]` weighs the neighbour i = 7 * row + column, `alike[d]`
/// a difference of d.
void bilateral(std::span<const std::uint8_t> in, std::uint32_t width, std::span<const float> near,
               std::span<const float> alike, std::span<std::uint8_t> out);

/// The median of 3 x 3 pixels; beyond the border the nearest pixel of it.
template <class T>
void median(std::span<const T> in, std::uint32_t width, std::span<T> out);

struct Vector {
  float x, y, z;
  Vector operator+(const Vector& other) const { return {x + other.x, y + other.y, z + other.z}; }
  Vector operator-(const Vector& other) const { return {x - other.x, y - other.y, z - other.z}; }
  Vector operator*(float factor) const { return {x * factor, y * factor, z * factor}; }
  float dot(const Vector& other) const { return x * other.x + y * other.y + z * other.z; }
};

struct Sphere {
  Vector centre;
  float radius;
  float brightness;
  float mirror;  ///< The part of the light that is reflected.
};

struct Camera {
  Vector eye;
  float focal_length;  ///< In widths of the picture.
};

/// Traces a ray for each pixel past at most 64 spheres, with shadows from a light and up to four reflections.
void trace_spheres(Camera camera, Vector light, std::span<const Sphere> spheres, std::uint32_t width,
                   std::span<float> brightness);

}  // namespace library::imaging
