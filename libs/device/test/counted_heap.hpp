#pragma once

#include <atomic>
#include <cstddef>

namespace dotcompute::test {

/// How often the program has asked `operator new` for memory.
extern std::atomic<std::size_t> allocations;

}  // namespace dotcompute::test
