#pragma once

/// The arguments at which functions are measured.

#include <array>
#include <cstddef>
#include <vector>

namespace accuracy {

/// How many arguments: those of a page, and a hundredth part for a test.
enum class Density { page, test };

/// Operands of a function, one column for each operand.
template <class T>
struct Columns {
  std::array<std::vector<T>, 3> operand;
  std::size_t specials = 0;  ///< So many of the first are zeros, infinities, NaNs, ones, denormals and limits.

  [[nodiscard]] std::size_t size() const noexcept { return operand[0].size(); }
};

/// Special values first, in all pairs; then, for one operand, every exponent with both signs and random digits, and the
/// neighbourhoods of the multiples of pi/2, of one, of the integers, and of where exp, exp2 and tgamma leave the range;
/// for two and three, pairs whose logarithms are uniform, pairs of like size, and bases near one with large exponents.
/// The same in each run.
template <class T>
[[nodiscard]] Columns<T> arguments(int operands, Density density);

extern template Columns<float> arguments(int, Density);
extern template Columns<double> arguments(int, Density);

}  // namespace accuracy
