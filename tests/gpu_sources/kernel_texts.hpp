#pragma once

/// The texts that kernelc wrote for the kernels of this program.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/kernel/definition.hpp>

namespace gpu_sources {

struct KernelText {
  dotcompute::KernelDefinition kernel;
  std::string_view text;
  std::string_view entry;
};

/// Those of one language, in the order of registration. A kernel without a text must say why not.
[[nodiscard]] std::vector<KernelText> texts(dotcompute_language language);

/// Whether everything that the kernel computes is exact: no function of <cmath>, whose code is the compiler's own.
[[nodiscard]] bool calls_no_math(const dotcompute::KernelDefinition& kernel);

/// Calls `check` for each text on a few threads and gives what it returned, a paragraph per kernel it said something
/// of.
[[nodiscard]] std::string for_each_text(const std::vector<KernelText>& all,
                                        const std::function<std::string(const KernelText&)>& check);

}  // namespace gpu_sources
