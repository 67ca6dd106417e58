#pragma once

#include <span>

/// The kernels whose launch is measured.
namespace launch {

/// Little work, so that the launch shows.
void saxpy(float a, std::span<const float> x, std::span<float> y);

/// Much work on little data, so that it shows who takes part: y = tan(x), see tangent.hpp.
void tangent(std::span<const float> x, std::span<float> y);

}  // namespace launch
