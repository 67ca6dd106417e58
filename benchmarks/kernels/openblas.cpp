// The product of matrices by OpenBLAS, on as many threads as the others have.
#include <cblas.h>
#include <omp.h>

#include "programs.hpp"

namespace kernels {

namespace {

void multiply(std::span<const float> a, std::span<const float> b, std::uint32_t inner, std::span<float> c) {
  const auto rows = static_cast<blasint>(a.size() / inner);
  const auto columns = static_cast<blasint>(b.size() / inner);
  const auto steps = static_cast<blasint>(inner);
  openblas_set_num_threads(omp_get_max_threads());
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, steps, 1, a.data(), steps, b.data(), columns, 0,
              c.data(), columns);
}

}  // namespace

extern const Programs openblas = [] {
  Programs programs{};
  programs.name = "";
  programs.fast_multiply = multiply;
  return programs;
}();

}  // namespace kernels
