// A fault that no compiler can see; the reference finds it.

#include <cstdint>
#include <span>

#include <dotcompute/kernel.hpp>

namespace racing {

using namespace dotcompute;

/// Uniform as long as `x` is not the memory that `y` is written to.
DOTCOMPUTE_KERNEL void trusts_its_input(std::span<const std::int32_t> x, std::span<std::int32_t> y) {
  if (local_id() == 1 && !y.empty()) y[0] = 100;
  if (!x.empty() && x[0] == 100) barrier();
  if (global_id() < y.size()) y[global_id()] += 1;
}

}  // namespace racing
