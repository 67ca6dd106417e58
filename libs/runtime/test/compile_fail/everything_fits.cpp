// compiles
#include "calls.hpp"

void call() {
  runtime.run(saxpy, 2, x, y);
  runtime.run(saxpy, 2.0f, std::vector<float>(3), y);
  bool in[2] = {};
  runtime.run(flags, in);
}
