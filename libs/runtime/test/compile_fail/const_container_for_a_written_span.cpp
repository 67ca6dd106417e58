// expect: dotcompute: the kernel writes this argument, which is const: pass one that may be written
#include "calls.hpp"

void call(const std::vector<float>& constant) { runtime.run(saxpy, 2.0f, x, constant); }
