// Matrices and volumes over spans.
#include <dotcompute/kernel.hpp>

namespace suite::views {

using dotcompute::global_id;
using dotcompute::global_size;
using dotcompute::matrix_view;
using dotcompute::volume_view;

// The largest square that the span holds.
std::size_t side_of(std::size_t size) {
  std::size_t side = 0;
  while ((side + 1) * (side + 1) <= size && side < 1024) ++side;
  return side;
}

template <class T>
T& at(matrix_view<T> view, std::size_t index) {
  return view(index / view.columns(), index % view.columns());
}

DOTCOMPUTE_KERNEL void transpose(std::span<const std::int32_t> in, std::span<std::int32_t> out) {
  const std::size_t side = side_of(in.size() < out.size() ? in.size() : out.size());
  const matrix_view from(in, side, side);
  const matrix_view<std::int32_t> to(out, side, side);
  const std::size_t i = global_id();
  if (i < from.size()) at(to, i) = from(i % side, i / side);
}

struct Pixel {
  std::uint8_t channels[4];
};

float mean_around(const matrix_view<const Pixel>& image, std::size_t row, std::size_t column, std::size_t channel) {
  float sum = 0;
  for (std::size_t y = row; y < row + 3; ++y) {
    for (const Pixel& pixel : image.row(y).subspan(column, 3)) sum += pixel.channels[channel];
  }
  return sum / 9;
}

// Rows with a gap behind them, read through a view of a part of the matrix.
DOTCOMPUTE_KERNEL void blur(std::span<const Pixel> image, std::span<float> out) {
  const std::size_t i = global_id();
  const std::size_t rows = 5, columns = 6, stride = 11;
  if (image.size() < (rows - 1) * stride + columns || i >= out.size()) return;
  const matrix_view<const Pixel> whole(image, rows, columns, stride);
  const auto inner = whole.submatrix(1, 2, 4, 4);
  const std::size_t row = i / 3 % 2, column = i % 2;
  out[i] = inner.contains(row + 2, column + 2) ? mean_around(inner, row, column, i % 4) : -1.0f;
  out[i] += static_cast<float>(inner.row_stride() + inner.rows() * inner.columns()) + (inner.empty() ? 1000.0f : 0.0f);
}

// A stencil in three dimensions over planes with gaps.
DOTCOMPUTE_KERNEL void stencil(std::span<const double> in, std::span<double> out) {
  const std::size_t planes = 3, rows = 4, columns = 5, row_stride = 7, plane_stride = 30;
  const std::size_t i = global_id();
  if (in.size() < planes * plane_stride || i >= out.size()) return;
  const volume_view<const double> volume(in, planes, rows, columns, plane_stride, row_stride);
  const std::size_t plane = i / 20 % planes, row = i / 5 % rows, column = i % columns;
  double sum = volume(plane, row, column);
  if (volume.contains(plane + 1, row, column)) sum += volume(plane + 1, row, column);
  if (volume.contains(plane, row - 1, column)) sum += volume.plane(plane)(row - 1, column);
  if (volume.contains(plane, row, column + 1)) sum += volume.row(plane, row)[column + 1];
  const auto part = volume.subvolume(1, 1, 2, 2, 3, 3);
  out[i] = sum * 2 + part(i % part.planes(), i % part.rows(), i % part.columns()) + static_cast<double>(part.size());
}

// Views of the item's own array, written through; a view that may write as one that may not.
DOTCOMPUTE_KERNEL void own(std::span<const std::int32_t> in, std::span<std::int64_t> out) {
  const std::size_t i = global_id();
  if (i >= out.size() || i >= in.size()) return;
  std::int64_t values[12] = {in[i], 1, 2, 3};
  matrix_view<std::int64_t> table(values, 3, 4);
  for (std::size_t row = 1; row < table.rows(); ++row) {
    for (std::size_t column = 0; column < table.columns(); ++column) {
      table(row, column) = table(row - 1, column) * 3 + static_cast<std::int64_t>(row + column);
    }
  }
  const matrix_view<const std::int64_t> fixed = table;
  table = table.submatrix(1, 1, 2, 2);
  table(0, 0) += 5;
  const volume_view<std::int64_t> cube(values, 3, 2, 2);
  out[i] = fixed(1, 1) + table.row(1)[1] * 7 + cube(2, 1, 1) + cube.plane(1)(0, 1) - fixed.row(2).back();
}

}  // namespace suite::views
