// expect: dotcompute::execute<R>: R is std::vector<T> or dotcompute::UnifiedBuffer<T>
#include "calls.hpp"

void call() { runtime.execute<float>("sum", dotcompute::arg("x", x)).get(); }
