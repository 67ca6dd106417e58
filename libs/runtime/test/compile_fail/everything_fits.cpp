// compiles
#include "calls.hpp"

void never_throws(std::span<const float> in, const int times) noexcept;

void call() {
  runtime.run(never_throws, x, 3);
  runtime.run(saxpy, 2, x, y);
  runtime.run(saxpy, 2.0f, std::vector<float>(3), y);
  bool in[2] = {};
  runtime.run(flags, in);
  dotcompute::UnifiedBuffer<int> bits(4);
  const dotcompute::BufferView<const float> read_only = bits.as<float>();
  runtime.run(saxpy, 2.0f, read_only, bits.as<float>());
  runtime.run(saxpy, 2.0f, read_only.slice(0, 2), bits.slice(0, 2).as<float>());
}
