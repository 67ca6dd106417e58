// expect: dotcompute: std::vector<bool> keeps bits, not elements: pass a UnifiedBuffer<bool> or an array of bool
#include "calls.hpp"

void call() { runtime.run(flags, std::vector<bool>(3)); }
