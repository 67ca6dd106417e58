#pragma once

// The kernels and the runtime that the snippets of this directory call.

#include <span>
#include <vector>

#include <dotcompute/runtime/launcher.hpp>

void saxpy(float a, std::span<const float> x, std::span<float> y);
void flags(std::span<const bool> in);
void by_pointer(const float* x);

extern const dotcompute::Launcher runtime;
extern std::vector<float> x, y;
