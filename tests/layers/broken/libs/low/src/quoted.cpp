#include "../../high/include/dotcompute/high/roof.hpp"
