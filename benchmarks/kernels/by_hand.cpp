#include "by_hand.hpp"

namespace kernels {

namespace {

constexpr Programs with_plain_stores() {
  using namespace BY_HAND;
  Programs programs{};
  programs.name = BY_HAND_COMPILER;
  programs.vector_add = vector_add<false>;
  programs.saxpy = saxpy;
  programs.sum = sum;
  programs.csr_multiply = csr_multiply;
  programs.histogram = histogram;
  programs.mandelbrot = mandelbrot;
  programs.stencil = stencil<false>;
  programs.heat_step = heat_step<false>;
  programs.multiply = multiply;
  programs.n_body = n_body;
#ifdef __AVX2__
  programs.black_scholes = black_scholes;
  programs.fast_black_scholes = fast_black_scholes;
  programs.exclusive_scan = exclusive_scan<false>;
  programs.bilateral = bilateral;
  programs.transpose = transpose<false>;
  programs.multiply_int8 = multiply_int8;
#endif
#ifdef __SHA__
  programs.sha256 = sha256;
#endif
  return programs;
}

constexpr Programs with_streams() {
  using namespace BY_HAND;
  Programs programs{};
  programs.name = BY_HAND_COMPILER ", non-temporal stores";
#ifdef __AVX2__
  programs.vector_add = vector_add<true>;
  programs.stencil = stencil<true>;
  programs.heat_step = heat_step<true>;
  programs.exclusive_scan = exclusive_scan<true>;
  programs.transpose = transpose<true>;
#endif
  return programs;
}

constexpr Programs in_the_kernels_form() {
  using namespace BY_HAND;
  Programs programs{};
  programs.name = BY_HAND_COMPILER;
  programs.histogram = histogram_of_groups;
  programs.exclusive_scan = scan_by_trees;
  return programs;
}

}  // namespace

extern const Programs BY_HAND_TABLE = with_plain_stores();
extern const Programs BY_HAND_STREAMING_TABLE = with_streams();
extern const Programs BY_HAND_FORM_TABLE = in_the_kernels_form();

}  // namespace kernels
