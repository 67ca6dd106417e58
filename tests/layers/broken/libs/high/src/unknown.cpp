#include <dotcompute/nowhere.hpp>
