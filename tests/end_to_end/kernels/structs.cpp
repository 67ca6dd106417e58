#include <dotcompute/kernel.hpp>

namespace physics {

struct Particle {
  bool fixed;
  float position[3];
  double mass;
};

struct Field {
  float gravity[3];
  std::int16_t steps;
};

DOTCOMPUTE_KERNEL void fall(Field field, std::span<Particle> particles) {
  const std::size_t i = dotcompute::global_id();
  if (i >= particles.size() || particles[i].fixed) return;
  for (int step = 0; step < field.steps; ++step) {
    for (int axis = 0; axis < 3; ++axis) particles[i].position[axis] += field.gravity[axis];
  }
  particles[i].mass = particles[i].mass * 2.0;
}

}  // namespace physics
