#pragma once

/// How the programs by hand use all threads. They are compiled by two compilers, and the threads are those of one.

#include <cstddef>

namespace kernels {

/// Elements `first` up to, not including, `last`.
struct Part {
  std::size_t first;
  std::size_t last;
};

/// Calls `work(context, part)` for the parts of `count` elements, of `step` elements each but the last, on the threads
/// of OpenMP.
void run_parts(std::size_t count, std::size_t step, void (*work)(const void* context, Part part), const void* context);

/// The same for a function object.
template <class Work>
void in_parts(std::size_t count, std::size_t step, const Work& work) {
  run_parts(count, step, [](const void* context, Part part) { (*static_cast<const Work*>(context))(part); }, &work);
}

}  // namespace kernels
