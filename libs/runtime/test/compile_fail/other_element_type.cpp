// expect: dotcompute: the elements of this argument have another type than the kernel's parameter
#include "calls.hpp"

void call(std::vector<double>& doubles) { runtime.run(saxpy, 2.0f, doubles, y); }
