// Finds the edges in a photograph on every device of this machine and compares each with the reference.
//
//     edges PHOTOGRAPH.png DIRECTORY      writes DIRECTORY/edges-<device>.png
//
// Exit status: 0 if every device gives the reference's answer, 1 if one does not, 2 if a file cannot be used.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <dotcompute/dotcompute.hpp>

#include "edges.hpp"
#include "picture.hpp"

namespace {

constexpr std::size_t runs = 5;
constexpr std::array kernel_names = {"grey", "blur", "sobel"};

/// What a device made of the photograph, step by step.
struct Edges {
  std::vector<float> luminance;
  std::vector<float> blurred;
  std::vector<std::uint8_t> strength;
  std::array<double, 3> milliseconds{};  // of each kernel: the median of the runs
};

double median_ms(std::array<dotcompute::LaunchReport, runs> reports) {
  std::array<double, runs> times{};
  std::transform(reports.begin(), reports.end(), times.begin(), [](const dotcompute::LaunchReport& report) {
    return static_cast<double>(report.times.total_ns) / 1e6;
  });
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[runs / 2];
}

Edges find_edges(const dotcompute::Launcher& device, const Picture& photograph) {
  const std::uint32_t width = photograph.width;
  const std::uint32_t height = photograph.height;
  const std::size_t count = std::size_t{width} * height;
  const dotcompute::Launcher launcher = device.over({width, height}).timed();
  Edges found{std::vector<float>(count), std::vector<float>(count), std::vector<std::uint8_t>(count)};
  std::array<std::array<dotcompute::LaunchReport, runs>, 3> reports;
  for (std::size_t run = 0; run < runs; ++run) {
    reports[0][run] = launcher.run(edges::grey, photograph.pixels, found.luminance, width, height, photograph.channels);
    reports[1][run] = launcher.run(edges::blur, found.luminance, found.blurred, width, height);
    reports[2][run] = launcher.run(edges::sobel, found.blurred, found.strength, width, height);
  }
  std::transform(reports.begin(), reports.end(), found.milliseconds.begin(), median_ms);
  return found;
}

template <class T>
double largest_difference(const std::vector<T>& result, const std::vector<T>& reference) {
  double largest = 0.0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(result[i]) - static_cast<double>(reference[i])));
  }
  return largest;
}

double largest_difference(const Edges& result, const Edges& reference) {
  return std::max({largest_difference(result.luminance, reference.luminance),
                   largest_difference(result.blurred, reference.blurred),
                   largest_difference(result.strength, reference.strength)});
}

void print_row(const std::string& device, const Edges& found, double difference) {
  std::printf("%-12s", device.c_str());
  for (const double milliseconds : found.milliseconds) std::printf("%10.3f ms", milliseconds);
  // The three kernels add, multiply, divide and take roots, which IEEE 754 rounds in one way only.
  std::printf("%20g   %s\n", difference, difference == 0.0 ? "equal (exact)" : "DIFFERENT (exact)");
}

bool run(const std::string& path, const std::string& directory) {
  const Picture photograph = read_png(path);
  std::printf("%s: %u x %u, %u channels\n\n", path.c_str(), photograph.width, photograph.height, photograph.channels);
  std::printf("%-12s", "device");
  for (const char* kernel : kernel_names) std::printf("%13s", kernel);
  std::printf("%20s   %s\n", "largest difference", "verdict");

  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  const Edges reference = find_edges(runtime.on("reference"), photograph);
  bool all_equal = true;
  std::vector<std::string> written;
  for (const dotcompute::AcceleratorStatus& device : runtime.accelerators()) {
    if (!device.available) {
      std::printf("%-12s  unavailable: %s\n", device.info.id.c_str(), device.reason.c_str());
      continue;
    }
    const Edges found = find_edges(runtime.on(device.info), photograph);
    const double difference = largest_difference(found, reference);
    all_equal = all_equal && difference == 0.0;
    print_row(device.info.id, found, difference);
    written.push_back(directory + "/edges-" + device.info.id + ".png");
    write_png(written.back(), {photograph.width, photograph.height, 1, found.strength});
  }
  std::printf("\n");
  for (const std::string& name : written) std::printf("wrote %s\n", name.c_str());
  return all_equal;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: edges PHOTOGRAPH.png DIRECTORY\n");
    return 2;
  }
  try {
    return run(argv[1], argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "edges: %s\n", error.what());
    return 2;
  }
}
