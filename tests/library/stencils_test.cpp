// Stencils, against loops over the whole grid in double.

#include <algorithm>
#include <array>

#include "devices.hpp"
#include "stencils.hpp"

namespace library::stencils {

namespace {

class Stencils : public OnDevice {};

constexpr std::array<std::array<std::uint32_t, 2>, 7> shapes{
    {{1, 1}, {0, 0}, {3, 2}, {16, 16}, {17, 31}, {1, 50}, {201, 130}}};

TEST_P(Stencils, ConvolvePictures) {
  for (const auto& [width, height] : shapes) {
    const auto in = random_numbers<float>(std::size_t{width} * height, 0, 255);
    const auto weights = random_numbers<float>(25, -0.2f, 0.2f);
    std::vector<float> out(in.size());
    std::vector<double> expected(in.size());
    const auto at = [&](int x, int y) {
      return in[static_cast<std::size_t>(std::clamp(y, 0, static_cast<int>(height) - 1)) * width +
                static_cast<std::size_t>(std::clamp(x, 0, static_cast<int>(width) - 1))];
    };
    for (int y = 0; y < static_cast<int>(height); ++y) {
      for (int x = 0; x < static_cast<int>(width); ++x) {
        double sum = 0;
        for (int k = 0; k < 25; ++k) {
          sum += static_cast<double>(weights[static_cast<std::size_t>(k)]) * at(x + k % 5 - 2, y + k / 5 - 2);
        }
        expected[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)] = sum;
      }
    }
    device().over({width, height}).run(convolve, in, width, weights, out);
    // 25 products of at most 51, 26 roundings each.
    expect_near(out, expected, 25 * 51 * 26 * float_epsilon);
  }
}

struct Volume {
  std::uint32_t width;
  std::uint32_t height;
  std::uint32_t depth;
  [[nodiscard]] std::size_t size() const { return std::size_t{width} * height * depth; }
  [[nodiscard]] bool is_border(std::size_t x, std::size_t y, std::size_t z) const {
    return x == 0 || y == 0 || z == 0 || x + 1 == width || y + 1 == height || z + 1 == depth;
  }
};
constexpr std::array volumes{Volume{1, 1, 1}, Volume{3, 3, 3}, Volume{8, 8, 4}, Volume{9, 7, 11}, Volume{33, 20, 17}};

/// The sum of the six neighbours minus six times each number; 0 on the border.
template <class T>
std::vector<double> seven_points(const Volume& volume, const std::vector<T>& in) {
  const auto index = [&](std::size_t x, std::size_t y, std::size_t z) {
    return x + volume.width * (y + std::size_t{volume.height} * z);
  };
  std::vector<double> out(volume.size());
  for (std::size_t z = 0; z < volume.depth; ++z) {
    for (std::size_t y = 0; y < volume.height; ++y) {
      for (std::size_t x = 0; x < volume.width; ++x) {
        if (volume.is_border(x, y, z)) continue;
        const auto at = [&](std::size_t a, std::size_t b, std::size_t c) { return double{in[index(a, b, c)]}; };
        out[index(x, y, z)] = (at(x + 1, y, z) - at(x, y, z)) + (at(x - 1, y, z) - at(x, y, z)) +
                              (at(x, y + 1, z) - at(x, y, z)) + (at(x, y - 1, z) - at(x, y, z)) +
                              (at(x, y, z + 1) - at(x, y, z)) + (at(x, y, z - 1) - at(x, y, z));
      }
    }
  }
  return out;
}

TEST_P(Stencils, TakeTheLaplacianOfVolumes) {
  for (const Volume& volume : volumes) {
    const auto in = random_numbers<double>(volume.size(), -1, 1);
    std::vector<double> out(in.size(), 99);
    device().over({volume.width, volume.height, volume.depth}).run(laplacian, in, volume.width, volume.height, out);
    expect_near(out, seven_points(volume, in), 100 * double_epsilon);
  }
}

TEST_P(Stencils, ConductHeat) {
  for (const Volume& volume : volumes) {
    auto in = random_numbers<float>(volume.size(), 0, 100);
    std::vector<double> expected(in.begin(), in.end());
    std::vector<float> out(in.size());
    for (int step = 0; step < 20; ++step) {
      device()
          .over({volume.width, volume.height, volume.depth})
          .run(heat_step, in, volume.width, volume.height, 0.125f, out);
      std::swap(in, out);
      const auto change = seven_points(volume, expected);
      for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += 0.125 * change[i];
    }
    // A step forgets nothing and adds less than 10 roundings of numbers up to 600.
    expect_near(in, expected, 20 * 10 * 600 * float_epsilon);
  }
}

/// Results that are too large for the caches, beginning anywhere in a line.
TEST_P(Stencils, ConductHeatInALargeVolume) {
  const Volume volume{211, 181, 173};
  const auto in = random_numbers<float>(volume.size(), 0, 100);
  std::vector<double> expected(in.begin(), in.end());
  const auto change = seven_points(volume, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += 0.125 * change[i];
  for (const std::size_t offset : {0, 1, 15}) {
    std::vector<float> out(offset + in.size() + 1, -1.0f);
    device()
        .over({volume.width, volume.height, volume.depth})
        .run(heat_step, in, volume.width, volume.height, 0.125f, std::span(out).subspan(offset, in.size()));
    EXPECT_EQ(out.back(), -1.0f);
    EXPECT_TRUE(std::all_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(offset),
                            [](float each) { return each == -1.0f; }));
    const std::vector<float> inside(out.begin() + static_cast<std::ptrdiff_t>(offset), out.end() - 1);
    expect_near(inside, expected, 10 * 600 * float_epsilon);
  }
}

TEST_P(Stencils, WarmAChip) {
  const Chip chip{
      .step_by_capacity = 0.05f, .resistance_x = 1.5f, .resistance_y = 2, .resistance_z = 50, .ambient = 80};
  for (const auto& [width, height] : shapes) {
    const auto power = random_numbers<float>(std::size_t{width} * height, 0, 3);
    auto in = random_numbers<float>(power.size(), 60, 90);
    std::vector<double> expected(in.begin(), in.end());
    std::vector<float> out(in.size());
    for (int step = 0; step < 30; ++step) {
      device().over({width, height}).run(hotspot_step, chip, power, in, width, out);
      std::swap(in, out);
      // What flows over each border between two parts, and to the surroundings.
      std::vector<double> gained(power.begin(), power.end());
      const auto exchange = [&](std::size_t a, std::size_t b, double resistance) {
        const double flow = (expected[b] - expected[a]) / resistance;
        gained[a] += flow;
        gained[b] -= flow;
      };
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (i % width + 1 < width) exchange(i, i + 1, chip.resistance_x);
        if (i + width < expected.size()) exchange(i, i + width, chip.resistance_y);
        gained[i] += (chip.ambient - expected[i]) / chip.resistance_z;
      }
      for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += double{chip.step_by_capacity} * gained[i];
    }
    // A step adds a rounding of a temperature up to 100, and a fraction of those of the flows.
    expect_near(in, expected, 30 * 4 * 128 * float_epsilon);
  }
}

TEST_P(Stencils, PlayLife) {
  for (const auto& [width, height] : shapes) {
    auto cells = random_numbers<std::uint8_t>(std::size_t{width} * height, 0, 1);
    auto expected = cells;
    std::vector<std::uint8_t> next(cells.size());
    for (int generation = 0; generation < 12; ++generation) {
      device().over({width, height}).run(life_step, cells, width, next);
      std::swap(cells, next);
      // Each living cell tells its neighbours.
      std::vector<int> told(expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        for (int k = 0; k < 9 && expected[i] != 0; ++k) {
          const std::size_t x = (i % width + width + static_cast<std::size_t>(k % 3) - 1) % width;
          const std::size_t y = (i / width + height + static_cast<std::size_t>(k / 3) - 1) % height;
          if (k != 4) ++told[y * width + x];
        }
      }
      for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = told[i] == 3 || (told[i] == 2 && expected[i] != 0) ? 1 : 0;
      }
    }
    expect_equal(cells, expected);
  }
}

// A glider comes back one cell further down and right after four generations.
TEST_P(Stencils, LetAGliderFly) {
  constexpr std::uint32_t side = 20;
  std::vector<std::uint8_t> cells(side * side);
  std::vector<std::uint8_t> expected(side * side);
  for (const std::size_t cell : {0 * side + 1, 1 * side + 2, 2 * side + 0, 2 * side + 1, 2 * side + 2}) {
    cells[cell] = 1;
    expected[cell + side + 1] = 1;
  }
  std::vector<std::uint8_t> next(cells.size());
  for (int generation = 0; generation < 4; ++generation) {
    device().over({side, side}).run(life_step, cells, side, next);
    std::swap(cells, next);
  }
  expect_equal(cells, expected);
}

DOTCOMPUTE_ON_EACH_DEVICE(Stencils);

}  // namespace

}  // namespace library::stencils
