#include <dotcompute/base/error.hpp>
#include <dotcompute/memory/unified_buffer.hpp>
