// Launches a kernel of one work-item so many times: launches sequence|sequence_of_buffers|prepared|typed|name COUNT
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <dotcompute/dotcompute.hpp>

#include "kernels.hpp"

namespace {

/// By sequences of eight.
void replay(const dotcompute::PreparedLaunch& launch, std::uint64_t launches) {
  constexpr int size = 8;
  dotcompute::LaunchSequence sequence;
  for (int i = 0; i < size; ++i) sequence.record(launch);
  for (std::uint64_t i = 0; i < launches; i += size) sequence.replay();
}

}  // namespace

int main(int count, char** arguments) {
  using dotcompute::arg;
  if (count != 3) return 2;
  const std::string_view way = arguments[1];
  const std::uint64_t launches = std::strtoull(arguments[2], nullptr, 10);
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  const dotcompute::Launcher cpu = runtime.on("cpu");
  const std::vector<float> x{0.0f};
  std::vector<float> y{1.0f};
  if (way == "sequence") {
    replay(cpu.prepare(launch::saxpy, 0.5f, x, y), launches);
  } else if (way == "sequence_of_buffers") {
    dotcompute::UnifiedBuffer<float> buffer(y);
    replay(cpu.prepare(launch::saxpy, 0.5f, dotcompute::UnifiedBuffer<float>(x), buffer), launches);
    y[0] = buffer.span()[0];
  } else if (way == "prepared") {
    auto prepared = cpu.prepare(launch::saxpy, 0.5f, x, y);
    for (std::uint64_t i = 0; i < launches; ++i) prepared.run();
  } else if (way == "typed") {
    for (std::uint64_t i = 0; i < launches; ++i) cpu.run(launch::saxpy, 0.5f, x, y);
  } else if (way == "name") {
    for (std::uint64_t i = 0; i < launches; ++i) {
      cpu.run("launch::saxpy", arg("a", 0.5f), arg("x", x), arg("y", y));
    }
  } else {
    return 2;
  }
  std::printf("%g\n", static_cast<double>(y[0]));
  return y[0] == 1.0f ? 0 : 1;
}
