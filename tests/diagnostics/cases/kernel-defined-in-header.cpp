#include <dotcompute/kernel.hpp>

#include "header_kernel.hpp"
