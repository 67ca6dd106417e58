// expect: pointers and references are not
#include "calls.hpp"

void call() { runtime.run(by_pointer, x.data()); }
