#include <dotcompute/low/floor.hpp>
