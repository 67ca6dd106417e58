// compiles
#include "calls.hpp"

void never_throws(std::span<const float> in, const int times) noexcept;

void call() {
  runtime.run(never_throws, x, 3);
  runtime.run(saxpy, 2, x, y);
  runtime.run(saxpy, 2.0f, std::vector<float>(3), y);
  bool in[2] = {};
  runtime.run(flags, in);
}
