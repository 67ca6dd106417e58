#include <dotcompute/other/wall.hpp>
