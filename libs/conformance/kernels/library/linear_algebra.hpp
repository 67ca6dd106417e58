#pragma once

/// Dense and sparse linear algebra. Matrices are row by row.

#include <cstddef>
#include <cstdint>
#include <span>

namespace library::linear_algebra {

/// c = a * b, where the rows of `a` have `inner` elements. Two dimensions: columns and rows of c.
void multiply(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c);

/// The same; an item computes 4 x 4 elements of c: the grid is a quarter of its columns and rows.
void multiply_in_registers(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c);

/// The transposed matrix of one with rows of `width` elements. An item moves four rows of a tile: the grid is the
/// columns by a quarter of the rows, both rounded up to 32 columns and 32 rows.
template <class T>
void transpose(std::span<const T> in, std::uint32_t width, std::span<T> out);

/// LU decomposition of a square matrix of n rows without pivoting, step k: the multipliers of column k, then the update
/// of the rest. One dimension of n items, then two.
void lu_multipliers(std::span<double> matrix, std::uint32_t k);
void lu_update(std::span<double> matrix, std::uint32_t k);

/// Cholesky decomposition in blocks of 16, block `block` of an n x n matrix whose lower triangle becomes the factor:
/// the block on the diagonal (one group), the panel below it (an item for each row of the matrix), the rest (n x n).
void cholesky_diagonal(std::span<double> matrix, std::uint32_t block);
void cholesky_panel(std::span<double> matrix, std::uint32_t block);
void cholesky_update(std::span<double> matrix, std::uint32_t block);

inline constexpr std::size_t longest_row = 4096;

/// y = A x for A in compressed sparse rows of at most `longest_row` elements: an item for each row.
void csr_multiply(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                  std::span<const double> values, std::span<const double> x, std::span<double> y);

/// The same with a group of 32 items for each row.
void csr_multiply_by_groups(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                            std::span<const double> values, std::span<const double> x, std::span<double> y);

/// What the method of conjugate gradients needs beside a product: the dot product as a sum for each group, and
/// y = a x + b y.
void dot(std::span<const double> x, std::span<const double> y, std::span<double> sums);
void scale_and_add(double a, std::span<const double> x, double b, std::span<double> y);

/// A step of Jacobi's method for A x = b with a dense A of n = b.size() rows.
void jacobi_step(std::span<const double> a, std::span<const double> b, std::span<const double> x,
                 std::span<double> next);

}  // namespace library::linear_algebra
