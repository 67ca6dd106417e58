#pragma once

#include <span>

/// saxpy as somebody would write it without this library.
namespace launch {

/// A function with a loop, called directly.
void saxpy_direct(float a, std::span<const float> x, std::span<float> y);

/// The loop shared out by OpenMP.
void saxpy_openmp(float a, std::span<const float> x, std::span<float> y);

/// The loop shared out by oneTBB.
void saxpy_onetbb(float a, std::span<const float> x, std::span<float> y);

}  // namespace launch
