// expect: dotcompute::UnifiedBuffer<T>: T must be a trivially copyable type without const or volatile
#include "calls.hpp"

void call() { const dotcompute::UnifiedBuffer<const float> buffer(3); }
