#include "peers.hpp"

#include <cstddef>

#include <tbb/parallel_for.h>

#include "tangent.hpp"

namespace launch {

void saxpy_direct(float a, std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a * x[i] + y[i];
}

void saxpy_openmp(float a, std::span<const float> x, std::span<float> y) {
#pragma omp parallel for
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a * x[i] + y[i];
}

void saxpy_onetbb(float a, std::span<const float> x, std::span<float> y) {
  tbb::parallel_for(std::size_t{0}, y.size(), [=](std::size_t i) { y[i] = a * x[i] + y[i]; });
}

void tangent_direct(std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = tangent_of(x[i]);
}

void tangent_openmp(std::span<const float> x, std::span<float> y) {
#pragma omp parallel for
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = tangent_of(x[i]);
}

void tangent_onetbb(std::span<const float> x, std::span<float> y) {
  tbb::parallel_for(std::size_t{0}, y.size(), [=](std::size_t i) { y[i] = tangent_of(x[i]); });
}

}  // namespace launch
