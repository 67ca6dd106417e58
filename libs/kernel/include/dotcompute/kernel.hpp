#pragma once

/// What a file of kernels includes: nothing else of the library is needed to write one.
///
///     #include <dotcompute/kernel.hpp>
///     namespace demo {
///     DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
///       const std::size_t i = dotcompute::global_id();
///       if (i < y.size()) y[i] = a * x[i] + y[i];
///     }
///     }
///
/// The file is ordinary C++20. Compiled by the program's own compiler it can be called directly and stepped through in
/// a debugger (see `for_each_item`); compiled by kernelc it becomes code for every device.

#include <cstddef>
#include <cstdint>
#include <span>

#include <dotcompute/kernel/atomic.hpp>
#include <dotcompute/kernel/group.hpp>
#include <dotcompute/kernel/half.hpp>
#include <dotcompute/kernel/item.hpp>
#include <dotcompute/kernel/subgroup.hpp>
#include <dotcompute/kernel/view.hpp>

/// Marks a function as a kernel. It must return void, have external linkage, not be inline, not be overloaded, and be
/// defined in one file that is given to kernelc; a template needs an explicit instantiation.
#ifdef __DOTCOMPUTE_KERNELC__
#define DOTCOMPUTE_KERNEL [[gnu::section("dotcompute_kernels_text"), clang::annotate("dotcompute::kernel")]]
#else
// A section of its own keeps linkers from folding kernels that happen to have equal code.
#define DOTCOMPUTE_KERNEL [[gnu::section("dotcompute_kernels_text")]]
#endif

/// A kernel whose arithmetic may be contracted (a * b + c rounded once), reordered and approximated on devices, which
/// is faster and gives results that differ between them within a tolerance. NaNs and infinities stay what they are. The
/// reference computes it strictly; without this every kernel is strict everywhere.
#ifdef __DOTCOMPUTE_KERNELC__
#define DOTCOMPUTE_KERNEL_FAST DOTCOMPUTE_KERNEL [[clang::annotate("dotcompute::fast")]]
#else
#define DOTCOMPUTE_KERNEL_FAST DOTCOMPUTE_KERNEL
#endif

// The build defines DOTCOMPUTE_UNIT for each file given to kernelc. The reference below ties the program's object to
// kernelc's, so that a static library cannot drop the registration of a kernel that is linked.
#if defined(DOTCOMPUTE_UNIT) && !defined(__DOTCOMPUTE_KERNELC__)
extern "C" char DOTCOMPUTE_UNIT __attribute__((visibility("hidden")));
namespace {
[[gnu::used]] char* const dotcompute_unit_anchor = &DOTCOMPUTE_UNIT;
}
#endif

namespace dotcompute {

/// The position of this work-item in the whole grid, on every device. `D` is 0, 1 or 2 for x, y, z.
template <int D = 0>
[[nodiscard]] inline std::size_t global_id() noexcept {
  static_assert(D >= 0 && D < 3, "dotcompute::global_id<D>: D is 0, 1 or 2 (x, y, z)");
  return detail::current_item.id[D];
}

/// The size of the whole grid in dimension `D`, in work-items.
template <int D = 0>
[[nodiscard]] inline std::size_t global_size() noexcept {
  static_assert(D >= 0 && D < 3, "dotcompute::global_size<D>: D is 0, 1 or 2 (x, y, z)");
  return detail::current_item.grid[D];
}

}  // namespace dotcompute
