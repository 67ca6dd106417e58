#include "simulation.hpp"

#include <algorithm>
#include <cmath>

#include <dotcompute/kernel.hpp>

namespace library::simulation {

using namespace dotcompute;

/// Nyland, Harris and Prins, Fast N-Body Simulation with CUDA (GPU Gems 3, chapter 31), 2007: tiles of bodies in shared
/// memory, Plummer's softening.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(64) void n_body_accelerations(std::span<const Body> bodies, float softening,
                                                                 std::span<Acceleration> accelerations) {
  constexpr std::size_t items = 64;
  SharedArray<Body, items> tile;
  const std::size_t n = std::min(std::min(bodies.size(), accelerations.size()), most_bodies);
  if (group_id() * items >= n) return;
  const std::size_t i = global_id();
  const Body mine = i < n ? bodies[i] : Body{};
  Acceleration sum{};
  for (std::size_t first = 0; first < n; first += items) {
    // Bodies without mass fill the last tile.
    tile[local_id()] = first + local_id() < n ? bodies[first + local_id()] : Body{};
    barrier();
    for (const Body& other : tile) {
      const float x = other.x - mine.x;
      const float y = other.y - mine.y;
      const float z = other.z - mine.z;
      const float squared = x * x + y * y + z * z + softening * softening;
      const float inverse = 1.0f / std::sqrt(squared);
      const float pull = squared > 0 ? other.mass * inverse * inverse * inverse : 0.0f;
      sum.x += x * pull;
      sum.y += y * pull;
      sum.z += z * pull;
    }
    barrier();
  }
  if (i < n) accelerations[i] = sum;
}

DOTCOMPUTE_KERNEL void n_body_move(std::span<const Acceleration> accelerations, float step,
                                   std::span<Acceleration> velocities, std::span<Body> bodies) {
  const std::size_t i = global_id();
  if (i >= std::min(std::min(accelerations.size(), velocities.size()), bodies.size())) return;
  Acceleration& velocity = velocities[i];
  velocity.x += accelerations[i].x * step;
  velocity.y += accelerations[i].y * step;
  velocity.z += accelerations[i].z * step;
  Body& body = bodies[i];
  body.x += velocity.x * step;
  body.y += velocity.y * step;
  body.z += velocity.z * step;
}

struct Direction {
  int x;
  int y;
  float weight;
};
constexpr Direction directions[9] = {{0, 0, 4.0f / 9},   {1, 0, 1.0f / 9},    {0, 1, 1.0f / 9},
                                     {-1, 0, 1.0f / 9},  {0, -1, 1.0f / 9},   {1, 1, 1.0f / 36},
                                     {-1, 1, 1.0f / 36}, {-1, -1, 1.0f / 36}, {1, -1, 1.0f / 36}};

/// Qian, d'Humieres and Lallemand, Lattice BGK Models for Navier-Stokes Equation, 1992: D2Q9. Each cell draws the
/// particles that stream to it, and lets them collide.
DOTCOMPUTE_KERNEL void lattice_boltzmann_step(std::span<const Cell> in, std::uint32_t width, float relaxation,
                                              std::span<Cell> out) {
  const std::size_t x = global_id<0>();
  const std::size_t y = global_id<1>();
  if (x >= width) return;
  const std::size_t height = std::min(in.size(), out.size()) / width;
  if (y >= height) return;
  Cell cell;
  float density = 0;
  float momentum_x = 0;
  float momentum_y = 0;
  for (std::size_t d = 0; d < 9; ++d) {
    const auto& [right, up, weight] = directions[d];
    const std::size_t from_x = (x + width - static_cast<std::size_t>(right + 1) + 1) % width;
    const std::size_t from_y = (y + height - static_cast<std::size_t>(up + 1) + 1) % height;
    cell.f[d] = in[from_y * width + from_x].f[d];
    density += cell.f[d];
    momentum_x += static_cast<float>(right) * cell.f[d];
    momentum_y += static_cast<float>(up) * cell.f[d];
  }
  const float u = momentum_x / density;
  const float v = momentum_y / density;
  const float squared = 1.5f * (u * u + v * v);
  for (std::size_t d = 0; d < 9; ++d) {
    const auto& [right, up, weight] = directions[d];
    const float along = 3.0f * (static_cast<float>(right) * u + static_cast<float>(up) * v);
    const float equilibrium = weight * density * (1.0f + along + 0.5f * along * along - squared);
    cell.f[d] += relaxation * (equilibrium - cell.f[d]);
  }
  out[y * width + x] = cell;
}

}  // namespace library::simulation
