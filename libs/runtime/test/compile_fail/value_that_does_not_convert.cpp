// expect: dotcompute: this argument does not convert to the kernel's parameter, which is passed by value
#include "calls.hpp"

struct Other {};
void call() { runtime.run(saxpy, Other{}, x, y); }
