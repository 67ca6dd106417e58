// Linear algebra, against textbook loops in long double.

#include <algorithm>
#include <array>

#include "devices.hpp"
#include "linear_algebra.hpp"

namespace library::linear_algebra {

namespace {

using Matrix = std::vector<double>;

class LinearAlgebra : public OnDevice {
 protected:
  /// A matrix whose diagonal is larger than the rest of each row, so that no pivoting is needed.
  Matrix dominant(std::size_t n) {
    Matrix a = random_numbers<double>(n * n, -1, 1);
    for (std::size_t i = 0; i < n; ++i) a[i * n + i] = static_cast<double>(n) + 1;
    return a;
  }
};

TEST_P(LinearAlgebra, MultipliesMatrices) {
  constexpr std::array<std::array<std::uint32_t, 3>, 7> shapes{
      {{1, 1, 1}, {0, 3, 5}, {3, 5, 7}, {16, 16, 16}, {17, 33, 65}, {1, 200, 1}, {129, 100, 63}}};
  for (const auto& [rows, inner, columns] : shapes) {
    const auto a = random_numbers<float>(std::size_t{rows} * inner, -2, 2);
    const auto b = random_numbers<float>(std::size_t{inner} * columns, -2, 2);
    std::vector<float> c(std::size_t{rows} * columns);
    std::vector<long double> expected(c.size());
    std::vector<double> limits(c.size());
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        long double magnitude = 0;
        for (std::size_t k = 0; k < inner; ++k) {
          const long double product = static_cast<long double>(a[i * inner + k]) * b[k * columns + j];
          expected[i * columns + j] += product;
          magnitude += std::fabs(product);
        }
        // Higham, Accuracy and Stability of Numerical Algorithms, section 3.1: a rounding for each product and sum.
        limits[i * columns + j] = static_cast<double>(magnitude) * (inner + 1) * float_epsilon;
      }
    }
    device().over({columns, rows}).run(multiply, a, b, inner, c);
    expect_near(c, expected, limits);
    std::fill(c.begin(), c.end(), 7.0f);
    device().over({(columns + 3) / 4, (rows + 3) / 4}).run(multiply_in_registers, a, b, inner, c);
    expect_near(c, expected, limits);
  }
}

template <class T>
void expect_transposes(const dotcompute::Launcher& device, const std::vector<T>& in, std::uint32_t width,
                       std::uint32_t height) {
  std::vector<T> out(in.size());
  std::vector<T> expected(in.size());
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) expected[x * height + y] = in[y * width + x];
  }
  device.over({(width + 31) / 32 * 32, (height + 31) / 32 * 8}).run(transpose<T>, in, width, out);
  expect_equal(out, expected);
}

TEST_P(LinearAlgebra, Transposes) {
  constexpr std::array<std::array<std::uint32_t, 2>, 7> shapes{
      {{1, 1}, {0, 0}, {5, 3}, {32, 32}, {33, 65}, {1, 100}, {300, 177}}};
  for (const auto& [width, height] : shapes) {
    const std::size_t count = std::size_t{width} * height;
    expect_transposes(device(), random_numbers<float>(count, -1, 1), width, height);
    expect_transposes(device(), random_numbers<double>(count, -1, 1), width, height);
    expect_transposes(device(), random_numbers<std::uint8_t>(count, 0, 255), width, height);
  }
}

TEST_P(LinearAlgebra, DecomposesIntoLowerAndUpper) {
  for (const std::uint32_t n : {1u, 2u, 17u, 64u, 101u}) {
    Matrix matrix = dominant(n);
    // Doolittle's form: each element is one inner product.
    std::vector<long double> expected(matrix.begin(), matrix.end());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        long double& each = expected[i * n + j];
        for (std::size_t k = 0; k < std::min(i, j); ++k) each -= expected[i * n + k] * expected[k * n + j];
        if (j < i) each /= expected[j * n + j];
      }
    }
    for (std::uint32_t k = 0; k + 1 < n; ++k) {
      device().over(n - 1 - k).run(lu_multipliers, matrix, k);
      device().over({n - 1 - k, n - 1 - k}).run(lu_update, matrix, k);
    }
    // No element grows, and the multipliers are below 1: n roundings of numbers of the size of the diagonal.
    expect_near(matrix, expected, 3.0 * n * (n + 1) * double_epsilon);
  }
}

TEST_P(LinearAlgebra, DecomposesAfterCholesky) {
  for (const std::uint32_t n : {1u, 15u, 16u, 17u, 50u, 97u}) {
    const Matrix root = random_numbers<double>(std::size_t{n} * n, -1, 1);
    Matrix matrix(std::size_t{n} * n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < n; ++k) matrix[i * n + j] += root[i * n + k] * root[j * n + k];
        if (i == j) matrix[i * n + j] += n;
      }
    }
    // Row by row, after Banachiewicz.
    std::vector<long double> expected(matrix.begin(), matrix.end());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        long double sum = matrix[i * n + j];
        for (std::size_t k = 0; k < j; ++k) sum -= expected[i * n + k] * expected[j * n + k];
        expected[i * n + j] = i == j ? std::sqrt(sum) : sum / expected[j * n + j];
      }
    }
    for (std::uint32_t block = 0; block * 16 < n; ++block) {
      device().over({16, 16}).run(cholesky_diagonal, matrix, block);
      device().over(n).run(cholesky_panel, matrix, block);
      device().over({n, n}).run(cholesky_update, matrix, block);
    }
    // The condition number is below 4, as the eigenvalues lie between n and about 4 n.
    expect_near(matrix, expected, 32.0 * n * std::sqrt(n) * double_epsilon);
  }
}

struct Sparse {
  std::vector<std::uint32_t> row_begin{0};
  std::vector<std::uint32_t> columns;
  std::vector<double> values;

  void add(std::size_t column, double value) {
    columns.push_back(static_cast<std::uint32_t>(column));
    values.push_back(value);
  }
  void end_row() { row_begin.push_back(static_cast<std::uint32_t>(values.size())); }
};

TEST_P(LinearAlgebra, MultipliesSparseMatrices) {
  for (const std::size_t n : {0u, 1u, 17u, 333u, 3000u}) {
    Sparse a;
    std::vector<long double> expected(n);
    const auto x = random_numbers<double>(n, -1, 1);
    for (std::size_t row = 0; row < n; ++row) {
      // Rows are short, empty, or long.
      const std::size_t count = row % 5 == 0 ? 0 : row % 97 == 1 ? 300 : random()() % 9;
      for (std::size_t k = 0; k < count; ++k) {
        const std::size_t column = random()() % n;
        const double value = static_cast<double>(random()() % 1000) / 500 - 1;
        a.add(column, value);
        expected[row] += static_cast<long double>(value) * x[column];
      }
      a.end_row();
    }
    std::vector<double> y(n, 7);
    device().over(n).run(csr_multiply, a.row_begin, a.columns, a.values, x, y);
    expect_near(y, expected, 300.0 * 300.0 * double_epsilon);
    std::fill(y.begin(), y.end(), 7);
    device().over(n * 32).run(csr_multiply_by_groups, a.row_begin, a.columns, a.values, x, y);
    expect_near(y, expected, 300.0 * 300.0 * double_epsilon);
  }
}

/// The sum of the groups' sums.
double dot_product(const dotcompute::Launcher& device, const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> sums(4);
  device.over(sums.size() * 256).run(dot, x, y, sums);
  double sum = 0;
  for (const double each : sums) sum += each;
  return sum;
}

// Poisson's equation on a square, solved by Hestenes' and Stiefel's method; what is expected is the solution that the
// right side was made from.
TEST_P(LinearAlgebra, SolvesByConjugateGradients) {
  for (const std::size_t side : {1u, 7u, 30u}) {
    const std::size_t n = side * side;
    Sparse a;
    const auto solution = random_numbers<double>(n, -1, 1);
    std::vector<double> residual(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto add = [&](std::size_t column, double value) {
        a.add(column, value);
        residual[i] += value * solution[column];
      };
      if (i >= side) add(i - side, -1);
      if (i % side != 0) add(i - 1, -1);
      add(i, 4);
      if (i % side != side - 1) add(i + 1, -1);
      if (i + side < n) add(i + side, -1);
      a.end_row();
    }
    std::vector<double> x(n);
    std::vector<double> product(n);
    std::vector<double> direction = residual;
    double squared = dot_product(device(), residual, residual);
    for (std::size_t step = 0; step < 4 * n && squared > 1e-26; ++step) {
      device().run(csr_multiply, a.row_begin, a.columns, a.values, direction, product);
      const double length = squared / dot_product(device(), direction, product);
      device().run(scale_and_add, length, direction, 1.0, x);
      device().run(scale_and_add, -length, product, 1.0, residual);
      const double next = dot_product(device(), residual, residual);
      device().run(scale_and_add, 1.0, residual, next / squared, direction);
      squared = next;
    }
    // The smallest eigenvalue is 8 sin^2(pi / 62) = 0.02: what is left over of 1e-13 becomes 5e-12.
    expect_near(x, solution, 1e-10);
  }
}

TEST_P(LinearAlgebra, SolvesAfterJacobi) {
  for (const std::size_t n : {1u, 3u, 65u}) {
    const Matrix a = dominant(n);
    const auto solution = random_numbers<double>(n, -1, 1);
    std::vector<double> b(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) b[i] += a[i * n + j] * solution[j];
    }
    std::vector<double> x(n);
    std::vector<double> next(n);
    for (int step = 0; step < 200; ++step) {
      device().over(n).run(jacobi_step, a, b, x, next);
      std::swap(x, next);
    }
    // Each step takes a factor of n / (n + 1) from the error at worst, and about a half with signs at random.
    expect_near(x, solution, 1e-12 * static_cast<double>(n));
  }
}

DOTCOMPUTE_ON_EACH_DEVICE(LinearAlgebra);

}  // namespace

}  // namespace library::linear_algebra
