// expect: dotcompute: std::vector<bool> keeps bits, not elements: pass a UnifiedBuffer<bool> or an array of bool
#include "calls.hpp"

void call(std::vector<bool>& bits) { runtime.run("flags", dotcompute::arg("in", bits)); }
