// expect: detach
#include "calls.hpp"

void call() { runtime.execute(saxpy, 2.0f, x, y).detach(); }
