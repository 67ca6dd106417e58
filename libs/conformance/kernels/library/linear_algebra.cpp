#include "linear_algebra.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <dotcompute/kernel.hpp>

#include "square.hpp"

namespace library::linear_algebra {

using namespace dotcompute;

/// Kirk and Hwu, Programming Massively Parallel Processors, the chapter on tiling: each group brings a tile of both
/// factors to shared memory, so that each element is read once for 16 uses.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void multiply(std::span<const float> a, std::span<const float> b,
                                                         std::uint32_t inner, std::span<float> c) {
  constexpr std::size_t tile = 16;
  SharedArray<std::array<float, tile>, tile> tile_a;
  SharedArray<std::array<float, tile>, tile> tile_b;
  if (inner == 0) return;
  const std::size_t rows = a.size() / inner;
  const std::size_t columns = b.size() / inner;
  if (group_id<1>() * tile >= rows || group_id<0>() * tile >= columns) return;
  const std::size_t row = global_id<1>();
  const std::size_t column = global_id<0>();
  const std::size_t y = local_id<1>();
  const std::size_t x = local_id<0>();
  float sum = 0;
  for (std::size_t first = 0; first < inner; first += tile) {
    tile_a[y][x] = row < rows && first + x < inner ? a[row * inner + first + x] : 0.0f;
    tile_b[y][x] = first + y < inner && column < columns ? b[(first + y) * columns + column] : 0.0f;
    barrier();
    for (std::size_t k = 0; k < tile; ++k) sum += tile_a[y][k] * tile_b[k][x];
    barrier();
  }
  const std::size_t to = row * columns + column;
  if (row < rows && column < columns && to < c.size()) c[to] = sum;
}

/// Volkov and Demmel, Benchmarking GPUs to Tune Dense Linear Algebra, 2008: an item keeps 4 x 4 sums in registers.
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(8, 8) void multiply_in_registers(std::span<const float> a, std::span<const float> b,
                                                                    std::uint32_t inner, std::span<float> c) {
  constexpr std::size_t items = 8;
  constexpr std::size_t sums_side = 4;
  constexpr std::size_t tile = items * sums_side;
  SharedArray<std::array<float, items>, tile> tile_a;
  SharedArray<std::array<float, tile>, items> tile_b;
  if (inner == 0) return;
  const std::size_t rows = a.size() / inner;
  const std::size_t columns = b.size() / inner;
  const std::size_t top = group_id<1>() * tile;
  const std::size_t left = group_id<0>() * tile;
  if (top >= rows || left >= columns) return;
  const std::size_t y = local_id<1>();
  const std::size_t x = local_id<0>();
  float sums[sums_side][sums_side] = {};
  for (std::size_t first = 0; first < inner; first += items) {
    for (std::size_t r = 0; r < sums_side; ++r) {
      const std::size_t row = top + y * sums_side + r;
      const std::size_t column = left + x * sums_side + r;
      tile_a[y * sums_side + r][x] = row < rows && first + x < inner ? a[row * inner + first + x] : 0.0f;
      tile_b[y][x * sums_side + r] = first + y < inner && column < columns ? b[(first + y) * columns + column] : 0.0f;
    }
    barrier();
    for (std::size_t k = 0; k < items; ++k) {
      for (std::size_t r = 0; r < sums_side; ++r) {
        for (std::size_t q = 0; q < sums_side; ++q) {
          sums[r][q] += tile_a[y * sums_side + r][k] * tile_b[k][x * sums_side + q];
        }
      }
    }
    barrier();
  }
  for (std::size_t r = 0; r < sums_side; ++r) {
    for (std::size_t q = 0; q < sums_side; ++q) {
      const std::size_t row = top + y * sums_side + r;
      const std::size_t column = left + x * sums_side + q;
      const std::size_t to = row * columns + column;
      if (row < rows && column < columns && to < c.size()) c[to] = sums[r][q];
    }
  }
}

/// Ruetsch and Micikevicius, Optimizing Matrix Transpose in CUDA, 2009: tiles of 32 x 32 with a padded row, moved by
/// 32 x 8 items.
template <class T>
DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(32, 8) void transpose(std::span<const T> in, std::uint32_t width, std::span<T> out) {
  constexpr std::size_t tile = 32;
  constexpr std::size_t rows_at_once = 8;
  SharedArray<std::array<T, tile + 1>, tile> block;
  if (width == 0) return;
  const std::size_t height = in.size() / width;
  std::size_t x = group_id<0>() * tile + local_id<0>();
  std::size_t y = group_id<1>() * tile + local_id<1>();
  for (std::size_t k = 0; k < tile; k += rows_at_once) {
    if (x < width && y + k < height) block[local_id<1>() + k][local_id<0>()] = in[(y + k) * width + x];
  }
  barrier();
  x = group_id<1>() * tile + local_id<0>();
  y = group_id<0>() * tile + local_id<1>();
  for (std::size_t k = 0; k < tile; k += rows_at_once) {
    const std::size_t to = (y + k) * height + x;
    if (x < height && y + k < width && to < out.size()) {
      out[to] = block[local_id<0>()][local_id<1>() + k];
    }
  }
}
template void transpose<float>(std::span<const float>, std::uint32_t, std::span<float>);
template void transpose<double>(std::span<const double>, std::uint32_t, std::span<double>);
template void transpose<std::uint8_t>(std::span<const std::uint8_t>, std::uint32_t, std::span<std::uint8_t>);

/// Golub and Van Loan, Matrix Computations, section 3.2: Gaussian elimination by outer products.
DOTCOMPUTE_KERNEL void lu_multipliers(std::span<double> matrix, std::uint32_t k) {
  const std::size_t n = rows_of_square(matrix.size());
  if (k >= n) return;
  const std::size_t row = k + 1 + global_id();
  if (row < n) matrix[row * n + k] /= matrix[std::size_t{k} * n + k];
}
DOTCOMPUTE_KERNEL void lu_update(std::span<double> matrix, std::uint32_t k) {
  const std::size_t n = rows_of_square(matrix.size());
  if (k >= n) return;
  const std::size_t row = k + 1 + global_id<1>();
  const std::size_t column = k + 1 + global_id<0>();
  if (row < n && column < n) {
    matrix[row * n + column] -= matrix[row * n + k] * matrix[std::size_t{k} * n + column];
  }
}

/// Golub and Van Loan, section 4.2: the block on the diagonal is factored in shared memory, then the panel below it is
/// solved against it, then the rest is updated with the panel's outer product.
constexpr std::size_t cholesky_block = 16;

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void cholesky_diagonal(std::span<double> matrix, std::uint32_t block) {
  SharedArray<double, cholesky_block * cholesky_block> tile;
  const std::size_t n = rows_of_square(matrix.size());
  const std::size_t first = std::size_t{block} * cholesky_block;
  if (first >= n || group_id<0>() != 0 || group_id<1>() != 0) return;
  const std::size_t size = std::min<std::size_t>(cholesky_block, n - first);
  const std::size_t row = local_id<1>();
  const std::size_t column = local_id<0>();
  const bool is_inside = row < size && column <= row;
  const std::size_t at = row * cholesky_block + column;
  if (is_inside) tile[at] = matrix[(first + row) * n + first + column];
  for (std::size_t k = 0; k < size; ++k) {
    barrier();
    if (row == k && column == k) tile[at] = std::sqrt(tile[at]);
    barrier();
    if (is_inside && column == k && row > k) tile[at] /= tile[k * cholesky_block + k];
    barrier();
    if (is_inside && column > k) tile[at] -= tile[row * cholesky_block + k] * tile[column * cholesky_block + k];
  }
  if (is_inside) matrix[(first + row) * n + first + column] = tile[at];
}

DOTCOMPUTE_KERNEL void cholesky_panel(std::span<double> matrix, std::uint32_t block) {
  const std::size_t n = rows_of_square(matrix.size());
  const std::size_t first = std::size_t{block} * cholesky_block;
  const std::size_t row = global_id();
  if (row >= n || row < first + cholesky_block) return;
  const auto panel = matrix.subspan(row * n + first, cholesky_block);
  for (std::size_t column = 0; column < cholesky_block; ++column) {
    const auto factor = matrix.subspan((first + column) * n + first, cholesky_block);
    double value = panel[column];
    for (std::size_t k = 0; k < column; ++k) value -= panel[k] * factor[k];
    panel[column] = value / factor[column];
  }
}

DOTCOMPUTE_KERNEL void cholesky_update(std::span<double> matrix, std::uint32_t block) {
  const std::size_t n = rows_of_square(matrix.size());
  const std::size_t first = std::size_t{block} * cholesky_block;
  const std::size_t row = global_id<1>();
  const std::size_t column = global_id<0>();
  if (row >= n || column > row || column < first + cholesky_block) return;
  double sum = 0;
  for (std::size_t k = first; k < first + cholesky_block; ++k) sum += matrix[row * n + k] * matrix[column * n + k];
  matrix[row * n + column] -= sum;
}

/// The elements of one row; none if the row's bounds are wrong, or it is longer than any.
struct RowRange {
  std::size_t begin;
  std::size_t end;
};
inline RowRange row_range(std::span<const std::uint32_t> row_begin, std::size_t row, std::size_t count) {
  const std::size_t begin = row_begin[row];
  const std::size_t end = row_begin[row + 1];
  const bool is_row = begin <= end && end <= count && end - begin <= longest_row;
  return is_row ? RowRange{begin, end} : RowRange{0, 0};
}

/// Bell and Garland, Efficient Sparse Matrix-Vector Multiplication on CUDA, 2008: the scalar and the vector kernel.
DOTCOMPUTE_KERNEL void csr_multiply(std::span<const std::uint32_t> row_begin, std::span<const std::uint32_t> columns,
                                    std::span<const double> values, std::span<const double> x, std::span<double> y) {
  const std::size_t row = global_id();
  if (row >= y.size() || row + 1 >= row_begin.size()) return;
  const auto [begin, end] = row_range(row_begin, row, std::min(columns.size(), values.size()));
  double sum = 0;
  for (std::size_t k = begin; k < end; ++k) {
    if (columns[k] < x.size()) sum += values[k] * x[columns[k]];
  }
  y[row] = sum;
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(32) void csr_multiply_by_groups(std::span<const std::uint32_t> row_begin,
                                                                   std::span<const std::uint32_t> columns,
                                                                   std::span<const double> values,
                                                                   std::span<const double> x, std::span<double> y) {
  constexpr std::size_t items = 32;
  SharedArray<double, items> sums;
  const std::size_t row = group_id();
  const std::size_t lane = local_id();
  if (row >= y.size() || row + 1 >= row_begin.size()) return;
  const RowRange range = row_range(row_begin, row, std::min(columns.size(), values.size()));
  double sum = 0;
  for (std::size_t k = range.begin + lane; k < range.end; k += items) {
    if (columns[k] < x.size()) sum += values[k] * x[columns[k]];
  }
  sums[lane] = sum;
  for (std::size_t half = items / 2; half > 0; half /= 2) {
    barrier();
    if (lane < half) sums[lane] += sums[lane + half];
  }
  if (lane == 0) y[row] = sums[0];
}

DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(256) void dot(std::span<const double> x, std::span<const double> y,
                                                 std::span<double> sums) {
  SharedArray<double, 256> partial;
  const std::size_t i = local_id();
  const std::size_t n = std::min(x.size(), y.size());
  double sum = 0;
  for (std::size_t k = global_id(); k < n; k += global_size()) sum += x[k] * y[k];
  partial[i] = sum;
  for (std::size_t half = local_size() / 2; half > 0; half /= 2) {
    barrier();
    if (i < half) partial[i] += partial[i + half];
  }
  if (i == 0 && group_id() < sums.size()) sums[group_id()] = partial[0];
}

DOTCOMPUTE_KERNEL void scale_and_add(double a, std::span<const double> x, double b, std::span<double> y) {
  const std::size_t i = global_id();
  if (i < std::min(x.size(), y.size())) y[i] = a * x[i] + b * y[i];
}

/// Golub and Van Loan, section 11.2.
DOTCOMPUTE_KERNEL void jacobi_step(std::span<const double> a, std::span<const double> b, std::span<const double> x,
                                   std::span<double> next) {
  const std::size_t row = global_id();
  const std::size_t n = std::min(b.size(), std::min(x.size(), next.size()));
  if (row >= n || (row + 1) * n > a.size()) return;
  double sum = b[row];
  for (std::size_t column = 0; column < n; ++column) {
    if (column != row) sum -= a[row * n + column] * x[column];
  }
  next[row] = sum / a[row * n + row];
}

}  // namespace library::linear_algebra
