#pragma once

/// The libraries that compute what no instruction does, and their functions for several work-items at once.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kernelc {

/// A function that computes as many results at once as its vectors have elements.
struct VectorFunction {
  std::string name;
  unsigned lanes = 0;
};

/// Strict: SLEEF's deterministic functions (names with `cinz`: no contraction, the same bits for every vector width),
/// for one number. Nothing where the C library's is as fast one lane after the other, or where it alone is right to the
/// last bit: that one is then called by the reference and the CPU alike.
[[nodiscard]] std::optional<std::string> strict_function(std::string_view name, bool is_float);

/// The vector functions with the bits of `strict_function`, for the widths that `cpu` ("x86-64-v3") has.
[[nodiscard]] std::vector<VectorFunction> strict_vector_functions(std::string_view name, bool is_float,
                                                                  std::string_view cpu);

/// Fast: glibc's libmvec, whose results are within 4 ulp.
[[nodiscard]] std::vector<VectorFunction> fast_vector_functions(std::string_view name, bool is_float,
                                                                std::string_view cpu);

}  // namespace kernelc
