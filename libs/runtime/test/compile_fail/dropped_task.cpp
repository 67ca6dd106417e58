// options: -Werror=unused-result
// expect: nodiscard
#include "calls.hpp"

void call() { runtime.execute(saxpy, 2.0f, x, y); }
