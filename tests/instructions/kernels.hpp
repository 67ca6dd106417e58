#pragma once

#include <span>

namespace instructions {

void saxpy(float a, std::span<const float> x, std::span<float> y);

}  // namespace instructions
