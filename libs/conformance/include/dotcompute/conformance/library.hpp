#pragma once

/// The suite as a shared object that a program opens when it wants it: libdotcompute-conformance.so holds the suite and
/// its kernels, which register when it is opened and not before.

#include <dotcompute/base/export.hpp>
#include <dotcompute/conformance/device_checks.hpp>
#include <dotcompute/conformance/suite.hpp>

namespace dotcompute::conformance {

/// The functions of suite.hpp and device_checks.hpp, for who opened the object.
struct Library {
  decltype(&conformance::suite_kernels) suite_kernels;
  decltype(&conformance::compare_with_reference) compare_with_reference;
  decltype(&conformance::checks_for) checks_for;
  decltype(&conformance::run_check) run_check;
  decltype(&conformance::origin_of) origin_of;
  decltype(&conformance::feature_of) feature_of;
  decltype(&conformance::all_sizes) all_sizes;
};

}  // namespace dotcompute::conformance

/// The table of one version: a program uses that of its own libdotcompute only.
extern "C" DOTCOMPUTE_API const dotcompute::conformance::Library* dotcompute_conformance_library() noexcept;
