#pragma once

/// Items that are past the end of what they work on.

#include "lanes/item_loop.hpp"

namespace kernelc::lanes {

/// Where a body begins by leaving items alone whose id is not below some bound (`if (i >= n) return`), ends the lanes'
/// loop at the bound: no vector has to look at it. Code for that goes before the loop, which stays as it is.
void find_bounds(ItemLoop& items);

}  // namespace kernelc::lanes
