// expect: dotcompute: the number of arguments differs from the number of the kernel's parameters
#include "calls.hpp"

void call() { runtime.run(saxpy, 2.0f, x); }
