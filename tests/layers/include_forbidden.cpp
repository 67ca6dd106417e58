#include <dotcompute/dotcompute.hpp>
