#include <cstddef>
#include <cstdio>

#include "kernels.hpp"
#include "linear_algebra.hpp"
#include "suite.hpp"

namespace kernels {

namespace {

using benchmark::Way;
using benchmark::Work;

/// Of two square matrices.
struct Product {
  static constexpr auto function = &Programs::multiply;
  static constexpr double tolerance = 0;

  explicit Product(const Suite& suite)
      : side(static_cast<std::uint32_t>(suite.size(384, 64))),
        a(random_numbers<float>(std::size_t{side} * side, -1, 1)),
        b(random_numbers<float>(a.size(), -2, 2)),
        c(a.size()) {}
  [[nodiscard]] Work work() const {
    return {2e-9 * static_cast<double>(side) * static_cast<double>(c.size()), "GFLOP"};
  }
  static std::vector<Way> limit() { return float_limit(); }
  template <class F>
  void call(F function) {
    function(a.span(), b.span(), side, c.mutable_span());
  }
  UnifiedBuffer<float>& result() { return c; }

  std::uint32_t side;
  UnifiedBuffer<float> a;
  UnifiedBuffer<float> b;
  UnifiedBuffer<float> c;
};

struct ProductByItems : Product {
  using Product::Product;
  static constexpr const char* name = "matrix multiply, an item for each element";
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({side, side}).prepare(multiply_by_items, a, b, side, c));
  }
};

struct ProductByTiles : Product {
  using Product::Product;
  static constexpr const char* name = "matrix multiply, tiled";
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({side, side}).prepare(library::linear_algebra::multiply, a, b, side, c));
  }
};

struct FastProductByTiles : Product {
  using Product::Product;
  static constexpr const char* name = "matrix multiply, tiled, fast math";
  static constexpr auto function = &Programs::fast_multiply;
  // Sums of as many products as a row has, in everybody's own order.
  static constexpr double tolerance = 2e-4;
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({side, side}).prepare(fast_multiply_by_tiles, a, b, side, c));
  }
};

/// Says so where the suite was built without OpenBLAS.
void solve_fast_product(const Suite& suite) {
#ifndef DOTCOMPUTE_BENCHMARK_OPENBLAS
  if (suite.request.wants(FastProductByTiles::name)) {
    std::fputs("kernels: no subject openblas: CMake did not find it; on Debian, install libopenblas-openmp-dev\n",
               stderr);
  }
#endif
  solve<FastProductByTiles>(suite);
}

struct Int8Product {
  static constexpr const char* name = "int8 matrix multiply";
  static constexpr auto function = &Programs::multiply_int8;
  static constexpr double tolerance = 0;
  static constexpr Quantisation quantisation{3, -5, 0.0002f, 1};

  explicit Int8Product(const Suite& suite)
      : side(static_cast<std::uint32_t>(suite.size(384, 64))),
        a(random_numbers<std::int8_t>(std::size_t{side} * side, -128, 127)),
        b(random_numbers<std::int8_t>(a.size() + 1, -128, 127).span().subspan(1)),
        c(a.size()) {}
  [[nodiscard]] Work work() const { return {2e-9 * static_cast<double>(side) * static_cast<double>(c.size()), "Gop"}; }
  static std::vector<Way> limit() { return int8_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over({side, side}).prepare(library::learning::multiply_int8, quantisation, a, b, side, c));
  }
  template <class F>
  void call(F function) {
    function(quantisation, a.span(), b.span(), side, c.mutable_span());
  }
  UnifiedBuffer<std::int8_t>& result() { return c; }

  std::uint32_t side;
  UnifiedBuffer<std::int8_t> a;
  UnifiedBuffer<std::int8_t> b;
  UnifiedBuffer<std::int8_t> c;
};

struct NBody {
  static constexpr const char* name = "n-body";
  static constexpr auto function = &Programs::n_body;
  static constexpr double tolerance = 1e-4;
  static constexpr float softening = 0.01f;

  explicit NBody(const Suite& suite)
      : bodies(suite.size(library::simulation::most_bodies, 128)), accelerations(bodies.size()) {
    const auto numbers = random_numbers<float>(4 * bodies.size(), -1, 1);
    const auto from = numbers.span();
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      bodies.mutable_span()[i] = {from[4 * i], from[4 * i + 1], from[4 * i + 2], from[4 * i + 3] * 0.1f + 0.2f};
    }
  }
  /// Twenty operations for each pair, a square root and a division among them.
  [[nodiscard]] Work work() const {
    return {20e-9 * static_cast<double>(bodies.size()) * static_cast<double>(bodies.size()), "GFLOP"};
  }
  static std::vector<Way> limit() { return float_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.prepare(library::simulation::n_body_accelerations, bodies, softening, accelerations));
  }
  template <class F>
  void call(F function) {
    function(bodies.span(), softening, accelerations.mutable_span());
  }
  UnifiedBuffer<Acceleration>& result() { return accelerations; }

  UnifiedBuffer<Body> bodies;
  UnifiedBuffer<Acceleration> accelerations;
};

/// Rows of 16 to 48 elements in random columns.
struct SparseProduct {
  static constexpr const char* name = "SpMV";
  static constexpr auto function = &Programs::csr_multiply;
  static constexpr double tolerance = 0;

  explicit SparseProduct(const Suite& suite)
      : rows(suite.size(std::size_t{1} << 17, 1000)),
        row_begin(rows + 1),
        x(random_numbers<double>(rows, -1, 1)),
        y(rows) {
    const auto lengths = random_numbers<std::uint32_t>(rows, 16, 48);
    const auto begins = row_begin.mutable_span();
    for (std::size_t row = 0; row < rows; ++row) begins[row + 1] = begins[row] + lengths.span()[row];
    columns = random_numbers<std::uint32_t>(begins[rows], 0, static_cast<std::uint32_t>(rows - 1));
    values = random_numbers<double>(begins[rows], -1, 1);
  }
  [[nodiscard]] Work work() const {
    const double matrix = static_cast<double>(columns.size_bytes() + values.size_bytes() + row_begin.size_bytes());
    return {1e-9 * (matrix + static_cast<double>(x.size_bytes() + y.size_bytes())), "GB"};
  }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over(rows).prepare(library::linear_algebra::csr_multiply, row_begin, columns, values, x, y));
  }
  template <class F>
  void call(F function) {
    function(row_begin.span(), columns.span(), values.span(), x.span(), y.mutable_span());
  }
  UnifiedBuffer<double>& result() { return y; }

  std::size_t rows;
  UnifiedBuffer<std::uint32_t> row_begin;
  UnifiedBuffer<double> x;
  UnifiedBuffer<double> y;
  UnifiedBuffer<std::uint32_t> columns;
  UnifiedBuffer<double> values;
};

/// Of messages of 1 KiB and a little less or more.
struct Digests {
  static constexpr const char* name = "SHA-256";
  static constexpr auto function = &Programs::sha256;
  static constexpr double tolerance = 0;

  explicit Digests(const Suite& suite) : begins(suite.size(16384, 100) + 1), digests(begins.size() - 1) {
    const auto lengths = random_numbers<std::uint32_t>(digests.size(), 960, 1088);
    const auto all = begins.mutable_span();
    for (std::size_t i = 0; i < digests.size(); ++i) all[i + 1] = all[i] + lengths.span()[i];
    bytes = random_numbers<std::uint8_t>(all[digests.size()], 0, 255);
  }
  [[nodiscard]] Work work() const { return {1e-9 * static_cast<double>(bytes.size()), "GB"}; }
  static std::vector<Way> limit() { return memory_limit(); }
  std::function<void()> prepare(const Launcher& on) {
    return repeated(on.over(digests.size()).prepare(library::cryptography::sha256, bytes, begins, digests));
  }
  template <class F>
  void call(F function) {
    function(bytes.span(), begins.span(), digests.mutable_span());
  }
  UnifiedBuffer<Digest>& result() { return digests; }

  UnifiedBuffer<std::uint32_t> begins;
  UnifiedBuffer<Digest> digests;
  UnifiedBuffer<std::uint8_t> bytes;
};

}  // namespace

void solve_products(const Suite& suite) {
  solve<ProductByItems>(suite);
  solve<ProductByTiles>(suite);
  solve_fast_product(suite);
  solve<Int8Product>(suite);
  solve<NBody>(suite);
  solve<SparseProduct>(suite);
  solve<Digests>(suite);
}

}  // namespace kernels
