// expect: dotcompute: the kernel writes this argument, which is const: pass one that may be written
#include "calls.hpp"

void call() { static_cast<void>(runtime.prepare(saxpy, 2.0f, x, std::span<const float>(y))); }
