#pragma once

/// What kernels over square matrices share.

#include <cstddef>

namespace library {

/// How many rows a square matrix of so many elements has: the root, digit by digit of its binary form.
inline std::size_t rows_of_square(std::size_t elements) {
  std::size_t root = 0;
  for (std::size_t digit = std::size_t{1} << 31; digit != 0; digit /= 2) {
    if ((root + digit) * (root + digit) <= elements) root += digit;
  }
  return root;
}

}  // namespace library
