#include "parts.hpp"

#include <algorithm>

namespace kernels {

void run_parts(std::size_t count, std::size_t step, void (*work)(const void* context, Part part), const void* context) {
  const std::size_t parts = (count + step - 1) / step;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t part = 0; part < parts; ++part) {
    work(context, {part * step, std::min((part + 1) * step, count)});
  }
}

}  // namespace kernels
