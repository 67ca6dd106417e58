#pragma once

#include <span>

/// The kernels as somebody would write them without this library.
namespace launch {

/// A function with a loop, called directly.
void saxpy_direct(float a, std::span<const float> x, std::span<float> y);

/// The loop shared out by OpenMP.
void saxpy_openmp(float a, std::span<const float> x, std::span<float> y);

/// The loop shared out by oneTBB.
void saxpy_onetbb(float a, std::span<const float> x, std::span<float> y);

/// The same three ways.
void tangent_direct(std::span<const float> x, std::span<float> y);
void tangent_openmp(std::span<const float> x, std::span<float> y);
void tangent_onetbb(std::span<const float> x, std::span<float> y);

}  // namespace launch
