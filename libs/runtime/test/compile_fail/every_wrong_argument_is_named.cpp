// expect: dotcompute: this argument does not convert to the kernel's parameter, which is passed by value
// expect: dotcompute: the elements of this argument have another type than the kernel's parameter
// expect: dotcompute: the kernel writes this argument, which is const: pass one that may be written
#include "calls.hpp"

struct Other {};
void call(const std::vector<float>& constant, std::vector<int>& ints) { runtime.run(saxpy, Other{}, ints, constant); }
