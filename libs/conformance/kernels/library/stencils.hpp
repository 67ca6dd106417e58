#pragma once

/// Stencils on grids of two and three dimensions, stored row by row and plane by plane. Beyond the border lies what
/// each of them says.

#include <cstdint>
#include <span>

namespace library::stencils {

/// The sum of 5 x 5 neighbours by their weights; beyond the border the nearest element of it. Two dimensions.
void convolve(std::span<const float> in, std::uint32_t width, std::span<const float> weights, std::span<float> out);

/// The seven-point Laplacian inside a volume; 0 on its border. Three dimensions.
void laplacian(std::span<const double> in, std::uint32_t width, std::uint32_t height, std::span<double> out);

/// One explicit step of the heat equation in a volume whose border keeps its temperature. Three dimensions.
void heat_step(std::span<const float> in, std::uint32_t width, std::uint32_t height, float diffusivity,
               std::span<float> out);

/// What a chip is made of, for hotspot_step: the time step over the heat capacity, the resistances between neighbours
/// and to the surroundings.
struct Chip {
  float step_by_capacity;
  float resistance_x;
  float resistance_y;
  float resistance_z;
  float ambient;
};

/// One step of the temperatures of a chip, from what its parts dissipate. Two dimensions.
void hotspot_step(Chip chip, std::span<const float> power, std::span<const float> in, std::uint32_t width,
                  std::span<float> out);

/// A generation of Conway's Game of Life on a torus: 1 is alive. Two dimensions.
void life_step(std::span<const std::uint8_t> in, std::uint32_t width, std::span<std::uint8_t> out);

}  // namespace library::stencils
