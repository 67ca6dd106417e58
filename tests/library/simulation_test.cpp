// Bodies and fluids, against sums over pairs in double and what physics conserves.

#include <algorithm>
#include <array>

#include "devices.hpp"
#include "simulation.hpp"

namespace library::simulation {

namespace {

class Simulation : public OnDevice {};

TEST_P(Simulation, AttractsBodies) {
  for (const std::size_t n : {0u, 1u, 2u, 63u, 64u, 65u, 1000u}) {
    std::vector<Body> bodies(n);
    for (Body& each : bodies) {
      const auto numbers = random_numbers<float>(4, -1, 1);
      each = {numbers[0], numbers[1], numbers[2], std::fabs(numbers[3])};
    }
    constexpr float softening = 0.1f;
    // Each pair once: what one gains the other loses.
    std::vector<std::array<double, 3>> expected(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) {
        const std::array<double, 3> way{double{bodies[j].x} - bodies[i].x, double{bodies[j].y} - bodies[i].y,
                                        double{bodies[j].z} - bodies[i].z};
        const double squared = way[0] * way[0] + way[1] * way[1] + way[2] * way[2] + double{softening} * softening;
        const double pull = std::pow(squared, -1.5);
        for (std::size_t k = 0; k < 3; ++k) {
          expected[i][k] += bodies[j].mass * pull * way[k];
          expected[j][k] -= bodies[i].mass * pull * way[k];
        }
      }
    }
    std::vector<Acceleration> accelerations(n);
    device().over(n).run(n_body_accelerations, bodies, softening, accelerations);
    // A pair pulls with less than 0.385 / 0.01 (at a distance of 0.07); n of them are added, of which few are near: the
    // sum of the magnitudes stays below 40 + 4 n.
    const double limit = (static_cast<double>(n) + 16) * (40 + 4 * static_cast<double>(n)) * float_epsilon;
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_NEAR(accelerations[i].x, expected[i][0], limit) << i;
      ASSERT_NEAR(accelerations[i].y, expected[i][1], limit) << i;
      ASSERT_NEAR(accelerations[i].z, expected[i][2], limit) << i;
    }
  }
}

TEST_P(Simulation, LetsTwoBodiesCircle) {
  // At a distance of 2 with a mass of 4 each body turns on the unit circle with speed 1.
  std::vector<Body> bodies{{1, 0, 0, 4}, {-1, 0, 0, 4}};
  std::vector<Acceleration> velocities{{0, 1, 0}, {0, -1, 0}};
  std::vector<Acceleration> accelerations(2);
  constexpr int steps = 2000;
  constexpr double step = 2 * 3.14159265358979323846 / steps;
  for (int i = 0; i < steps; ++i) {
    device().over(2).run(n_body_accelerations, bodies, 0.0f, accelerations);
    device().over(2).run(n_body_move, accelerations, static_cast<float>(step), velocities, bodies);
  }
  // The method is symplectic and of first order: the phase is off by about the step.
  EXPECT_NEAR(bodies[0].x, 1, 0.01);
  EXPECT_NEAR(bodies[0].y, 0, 0.01);
  EXPECT_NEAR(bodies[0].x, -bodies[1].x, 1e-3);
  EXPECT_NEAR(bodies[0].y, -bodies[1].y, 1e-3);
}

struct Fluid {
  std::size_t width;
  std::size_t height;
  std::vector<std::array<double, 9>> cells;

  /// Particles are pushed to where they stream, and collide there by Qian's formula.
  void step(double relaxation) {
    constexpr std::array<std::array<int, 2>, 9> ways{
        {{0, 0}, {1, 0}, {0, 1}, {-1, 0}, {0, -1}, {1, 1}, {-1, 1}, {-1, -1}, {1, -1}}};
    std::vector<std::array<double, 9>> moved(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (std::size_t d = 0; d < 9; ++d) {
        const std::size_t x = (i % width + width + static_cast<std::size_t>(ways[d][0])) % width;
        const std::size_t y = (i / width + height + static_cast<std::size_t>(ways[d][1])) % height;
        moved[y * width + x][d] = cells[i][d];
      }
    }
    for (auto& cell : moved) {
      double density = 0;
      std::array<double, 2> momentum{};
      for (std::size_t d = 0; d < 9; ++d) {
        density += cell[d];
        for (std::size_t k = 0; k < 2; ++k) momentum[k] += ways[d][k] * cell[d];
      }
      for (std::size_t d = 0; d < 9; ++d) {
        const double weight = d == 0 ? 4.0 / 9 : d < 5 ? 1.0 / 9 : 1.0 / 36;
        const double along = (ways[d][0] * momentum[0] + ways[d][1] * momentum[1]) / density;
        const double speed = (momentum[0] * momentum[0] + momentum[1] * momentum[1]) / (density * density);
        const double equilibrium = weight * density * (1 + 3 * along + 4.5 * along * along - 1.5 * speed);
        cell[d] = (1 - relaxation) * cell[d] + relaxation * equilibrium;
      }
    }
    cells = moved;
  }
};

TEST_P(Simulation, MovesAFluid) {
  for (const auto& [width, height] : {std::pair{1u, 1u}, {0u, 0u}, {3u, 2u}, {16u, 16u}, {37u, 41u}, {1u, 30u}}) {
    std::vector<Cell> cells(std::size_t{width} * height);
    Fluid fluid{width, height, std::vector<std::array<double, 9>>(cells.size())};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto numbers = random_numbers<float>(9, 0.08f, 0.14f);
      std::copy(numbers.begin(), numbers.end(), cells[i].f);
      std::copy(numbers.begin(), numbers.end(), fluid.cells[i].begin());
    }
    std::vector<Cell> next(cells.size());
    constexpr int steps = 25;
    for (int step = 0; step < steps; ++step) {
      device().over({width, height}).run(lattice_boltzmann_step, cells, width, 1.2f, next);
      std::swap(cells, next);
      fluid.step(double{1.2f});
    }
    double mass = 0;
    double expected_mass = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (std::size_t d = 0; d < 9; ++d) {
        // Each step adds about 30 roundings of numbers up to 1, and the collisions damp what was there.
        ASSERT_NEAR(cells[i].f[d], fluid.cells[i][d], steps * 30 * float_epsilon) << i << ", " << d;
        mass += cells[i].f[d];
        expected_mass += fluid.cells[i][d];
      }
    }
    EXPECT_NEAR(mass, expected_mass, static_cast<double>(cells.size()) * steps * 10 * float_epsilon);
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(Simulation);

}  // namespace

}  // namespace library::simulation
