#pragma once

/// The work-item that the calling thread stands for, when a kernel runs as a plain function.

#include <cstddef>

namespace dotcompute {

namespace detail {

struct Item {
  std::size_t id[3] = {0, 0, 0};
  std::size_t grid[3] = {1, 1, 1};
  std::size_t local[3] = {0, 0, 0};       // in its group
  std::size_t group_size[3] = {1, 1, 1};  // a direct call is a group of one
#ifdef __DOTCOMPUTE_KERNELC__
  // Of the reference: what `barrier` calls, and the part of the group's shared memory that is not given out yet.
  void (*wait)(void* fibers, unsigned line) noexcept = nullptr;
  void* fibers = nullptr;
  char* shared = nullptr;
  unsigned long long* published = nullptr;  // a word for each item of the group
#endif
};

// Read by `global_id` and its like; written by `for_each_item`. One per thread, for the program and all libraries.
#ifdef __DOTCOMPUTE_KERNELC__
inline constinit thread_local Item current_item{};
#else
// Weak rather than inline: g++ makes an inline variable unique in the process, and a library with one cannot be
// unloaded. NOLINTNEXTLINE(misc-definitions-in-headers)
[[gnu::weak, gnu::visibility("default")]] constinit thread_local Item current_item{};
#endif

}  // namespace detail

/// The sizes of a grid for `for_each_item`; unused dimensions are 1.
struct ItemGrid {
  std::size_t x = 1;
  std::size_t y = 1;
  std::size_t z = 1;
};

/// Calls `body` once per work-item on the calling thread, x fastest, with `global_id` and `global_size` set. For
/// debugging a kernel by calling it: `for_each_item({n}, [&] { demo::saxpy(2.0f, x, y); });`
template <class Body>
void for_each_item(ItemGrid grid, Body&& body) {
  const detail::Item outer = detail::current_item;
  detail::Item& item = detail::current_item;
  item.grid[0] = grid.x;
  item.grid[1] = grid.y;
  item.grid[2] = grid.z;
  for (item.id[2] = 0; item.id[2] < grid.z; ++item.id[2]) {
    for (item.id[1] = 0; item.id[1] < grid.y; ++item.id[1]) {
      for (item.id[0] = 0; item.id[0] < grid.x; ++item.id[0]) body();
    }
  }
  detail::current_item = outer;
}

}  // namespace dotcompute
