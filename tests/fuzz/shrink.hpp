#pragma once

/// Makes a kernel that fails smaller, for as long as it fails in the same way.

#include <chrono>

#include "judge.hpp"
#include "tree.hpp"

namespace fuzz {

/// The kernels that are one cut smaller, the largest cuts first. All are as well formed as the kernel.
[[nodiscard]] std::vector<Kernel> smaller(const Kernel& kernel);

struct Shrunk {
  Kernel kernel;
  Finding finding;
};

/// The smallest kernel that is found before `deadline`.
[[nodiscard]] Shrunk shrink(const Kernel& kernel, const Finding& finding, Judge& judge,
                            std::chrono::steady_clock::time_point deadline);

}  // namespace fuzz
