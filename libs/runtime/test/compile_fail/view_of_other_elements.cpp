// expect: dotcompute: the elements of this argument have another type than the kernel's parameter: a span of
#include "calls.hpp"

void call(dotcompute::UnifiedBuffer<int>& buffer) { runtime.run(saxpy, 2.0f, buffer.slice(0, 4), y); }
