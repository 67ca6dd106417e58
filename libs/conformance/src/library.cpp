#include <dotcompute/conformance/library.hpp>

const dotcompute::conformance::Library* dotcompute_conformance_library() noexcept {
  using namespace dotcompute;
  static constexpr conformance::Library library{&conformance::suite_kernels, &conformance::compare_with_reference,
                                                &conformance::checks_for,    &conformance::run_check,
                                                &conformance::origin_of,     &conformance::feature_of,
                                                &conformance::all_sizes};
  return &library;
}
