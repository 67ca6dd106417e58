// expect: dotcompute::arg: pass a container, span, UnifiedBuffer or BufferView of scalars or structs, an
#include "calls.hpp"

void call() { runtime.run("flags", dotcompute::arg("in", x.data())); }
