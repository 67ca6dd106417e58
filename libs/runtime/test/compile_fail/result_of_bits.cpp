// expect: dotcompute: std::vector<bool> keeps bits, not elements: ask for a UnifiedBuffer<bool>
#include "calls.hpp"

void call() { runtime.run<std::vector<bool>>("compare", dotcompute::arg("x", x)); }
