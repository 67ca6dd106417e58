// expect: dotcompute: this parameter of the kernel is a span: pass a std::vector, std::array, array, std::span,
#include "calls.hpp"

void call() { runtime.run(saxpy, 2.0f, 1.0f, y); }
