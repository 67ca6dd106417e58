#pragma once

/// Simulations of bodies and fluids.

#include <cstddef>
#include <cstdint>
#include <span>

namespace library::simulation {

struct Body {
  float x;
  float y;
  float z;
  float mass;
};

struct Acceleration {
  float x;
  float y;
  float z;
};

inline constexpr std::size_t most_bodies = 4096;

/// What all bodies together do to each, for at most 4096 of them.
void n_body_accelerations(std::span<const Body> bodies, float softening, std::span<Acceleration> accelerations);

/// A step of velocities and places by the accelerations.
void n_body_move(std::span<const Acceleration> accelerations, float step, std::span<Acceleration> velocities,
                 std::span<Body> bodies);

/// How many particles of a cell move in each of nine directions: at rest, east, north, west, south, north-east,
/// north-west, south-west, south-east.
struct Cell {
  float f[9];
};

/// A step of a fluid on a torus: cells meet, then stream. `relaxation` is the rate of the collisions.
void lattice_boltzmann_step(std::span<const Cell> in, std::uint32_t width, float relaxation, std::span<Cell> out);

}  // namespace library::simulation
