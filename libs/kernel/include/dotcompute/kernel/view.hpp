#pragma once

/// Spans seen as matrices and volumes. A kernel takes the span and the sizes and makes the view itself:
///
///     DOTCOMPUTE_KERNEL void blur(std::span<const float> in, std::span<float> out, std::uint32_t rows,
///                                 std::uint32_t columns) {
///       const dotcompute::matrix_view<const float> from(in, rows, columns);
///       const dotcompute::matrix_view<float> to(out, rows, columns);
///       const std::size_t column = dotcompute::global_id<0>(), row = dotcompute::global_id<1>();
///       if (row < rows && column + 2 < columns)
///         to(row, column) = (from(row, column) + from(row, column + 1) + from(row, column + 2)) / 3;
///     }

#include <cstddef>
#include <span>
#include <type_traits>

namespace dotcompute {

/// Rows of elements that lie next to each other in a span; from one row to the next it is `row_stride` elements. A view
/// borrows: the span's memory must outlive it. As with spans, an index beyond a size is an error of the caller's, and a
/// view of const elements is a `matrix_view<const T>`.
template <class T>
class matrix_view {
 public:
  using element_type = T;

  /// No rows and no columns.
  constexpr matrix_view() noexcept = default;

  /// Rows that follow each other without a gap. The span holds at least rows * columns elements.
  constexpr matrix_view(std::span<T> elements, std::size_t rows, std::size_t columns) noexcept
      : matrix_view(elements, rows, columns, columns) {}

  /// Rows of `columns` elements, `row_stride` elements apart. The span holds at least (rows - 1) * row_stride + columns
  /// elements.
  constexpr matrix_view(std::span<T> elements, std::size_t rows, std::size_t columns, std::size_t row_stride) noexcept
      : elements_(elements), rows_(rows), columns_(columns), row_stride_(row_stride) {}

  [[nodiscard]] constexpr T& operator()(std::size_t row, std::size_t column) const noexcept {
    return elements_[row * row_stride_ + column];
  }

  [[nodiscard]] constexpr std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] constexpr std::size_t columns() const noexcept { return columns_; }

  /// Elements from the begin of a row to the begin of the next.
  [[nodiscard]] constexpr std::size_t row_stride() const noexcept { return row_stride_; }

  /// The number of elements: rows() * columns().
  [[nodiscard]] constexpr std::size_t size() const noexcept { return rows_ * columns_; }

  /// Whether it has no elements.
  [[nodiscard]] constexpr bool empty() const noexcept { return rows_ == 0 || columns_ == 0; }

  /// Whether the place is one of the matrix: the guard of a stencil.
  [[nodiscard]] constexpr bool contains(std::size_t row, std::size_t column) const noexcept {
    return row < rows_ && column < columns_;
  }

  /// The elements of a row.
  [[nodiscard]] constexpr std::span<T> row(std::size_t index) const noexcept {
    return elements_.subspan(index * row_stride_, columns_);
  }

  /// The part of `rows` x `columns` elements that begins at a place; its elements are this view's.
  [[nodiscard]] constexpr matrix_view submatrix(std::size_t first_row, std::size_t first_column, std::size_t rows,
                                                std::size_t columns) const noexcept {
    return matrix_view(elements_.subspan(first_row * row_stride_ + first_column), rows, columns, row_stride_);
  }

  /// The same elements, read only.
  [[nodiscard]] constexpr operator matrix_view<const T>() const noexcept
    requires(!std::is_const_v<T>)
  {
    return matrix_view<const T>(elements_, rows_, columns_, row_stride_);
  }

 private:
  std::span<T> elements_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t row_stride_ = 0;
};

/// Planes of rows of elements: `plane_stride` elements from one plane to the next, `row_stride` from one row to the
/// next. Borrows as `matrix_view` does.
template <class T>
class volume_view {
 public:
  using element_type = T;

  /// No planes, no rows and no columns.
  constexpr volume_view() noexcept = default;

  /// Planes and rows that follow each other without a gap. The span holds at least planes * rows * columns elements.
  constexpr volume_view(std::span<T> elements, std::size_t planes, std::size_t rows, std::size_t columns) noexcept
      : volume_view(elements, planes, rows, columns, rows * columns, columns) {}

  /// With strides in elements.
  constexpr volume_view(std::span<T> elements, std::size_t planes, std::size_t rows, std::size_t columns,
                        std::size_t plane_stride, std::size_t row_stride) noexcept
      : elements_(elements),
        planes_(planes),
        rows_(rows),
        columns_(columns),
        plane_stride_(plane_stride),
        row_stride_(row_stride) {}

  [[nodiscard]] constexpr T& operator()(std::size_t plane, std::size_t row, std::size_t column) const noexcept {
    return elements_[plane * plane_stride_ + row * row_stride_ + column];
  }

  [[nodiscard]] constexpr std::size_t planes() const noexcept { return planes_; }
  [[nodiscard]] constexpr std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] constexpr std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] constexpr std::size_t plane_stride() const noexcept { return plane_stride_; }
  [[nodiscard]] constexpr std::size_t row_stride() const noexcept { return row_stride_; }

  /// The number of elements: planes() * rows() * columns().
  [[nodiscard]] constexpr std::size_t size() const noexcept { return planes_ * rows_ * columns_; }

  /// Whether it has no elements.
  [[nodiscard]] constexpr bool empty() const noexcept { return planes_ == 0 || rows_ == 0 || columns_ == 0; }

  /// Whether the place is one of the volume: the guard of a stencil.
  [[nodiscard]] constexpr bool contains(std::size_t plane, std::size_t row, std::size_t column) const noexcept {
    return plane < planes_ && row < rows_ && column < columns_;
  }

  /// The elements of a row.
  [[nodiscard]] constexpr std::span<T> row(std::size_t plane, std::size_t index) const noexcept {
    return elements_.subspan(plane * plane_stride_ + index * row_stride_, columns_);
  }

  /// One plane as a matrix.
  [[nodiscard]] constexpr matrix_view<T> plane(std::size_t index) const noexcept {
    return matrix_view<T>(elements_.subspan(index * plane_stride_), rows_, columns_, row_stride_);
  }

  /// The part of `planes` x `rows` x `columns` elements that begins at a place; its elements are this view's.
  [[nodiscard]] constexpr volume_view subvolume(std::size_t first_plane, std::size_t first_row,
                                                std::size_t first_column, std::size_t planes, std::size_t rows,
                                                std::size_t columns) const noexcept {
    return volume_view(elements_.subspan(first_plane * plane_stride_ + first_row * row_stride_ + first_column), planes,
                       rows, columns, plane_stride_, row_stride_);
  }

  /// The same elements, read only.
  [[nodiscard]] constexpr operator volume_view<const T>() const noexcept
    requires(!std::is_const_v<T>)
  {
    return volume_view<const T>(elements_, planes_, rows_, columns_, plane_stride_, row_stride_);
  }

 private:
  std::span<T> elements_;
  std::size_t planes_ = 0;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t plane_stride_ = 0;
  std::size_t row_stride_ = 0;
};

}  // namespace dotcompute
