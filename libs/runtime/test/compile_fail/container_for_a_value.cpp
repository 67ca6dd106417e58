// expect: dotcompute: this parameter of the kernel is one value: a container or span was passed for it
#include "calls.hpp"

void call() { runtime.run(saxpy, x, x, y); }
