// The library's definition of `current_item`: libraries that are loaded later find this one, so that everybody in the
// program means the same work-item.
#include <dotcompute/kernel/item.hpp>
