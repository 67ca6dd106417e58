// expect: dotcompute: the kernel writes this argument, which is a temporary: its results would be lost; give it a name
#include "calls.hpp"

void call() { runtime.run(saxpy, 2.0f, x, std::vector<float>(3)); }
