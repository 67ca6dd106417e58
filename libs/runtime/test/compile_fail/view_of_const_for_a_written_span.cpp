// expect: dotcompute: the kernel writes this argument, which is const: pass one that may be written
#include "calls.hpp"

void call(const dotcompute::UnifiedBuffer<float>& buffer) { runtime.run(saxpy, 2.0f, x, buffer.slice(0, 4)); }
