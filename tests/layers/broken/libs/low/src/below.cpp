#include <dotcompute/high/roof.hpp>
