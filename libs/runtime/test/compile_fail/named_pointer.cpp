// expect: dotcompute::arg: pass a container, span or UnifiedBuffer of scalars or structs, an arithmetic value or a
#include "calls.hpp"

void call() { runtime.run("flags", dotcompute::arg("in", x.data())); }
