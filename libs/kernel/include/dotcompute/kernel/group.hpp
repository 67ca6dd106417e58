#pragma once

/// Work-groups: items that run together, wait for each other and share arrays.
///
///     DOTCOMPUTE_KERNEL void sum_of_groups(std::span<const float> x, std::span<float> sums) {
///       dotcompute::SharedArray<float, 256> partial;
///       const std::size_t i = dotcompute::local_id();
///       partial[i] = dotcompute::global_id() < x.size() ? x[dotcompute::global_id()] : 0.0f;
///       for (std::size_t half = dotcompute::local_size() / 2; half > 0; half /= 2) {
///         dotcompute::barrier();
///         if (i < half) partial[i] += partial[i + half];
///       }
///       if (i == 0 && dotcompute::group_id() < sums.size()) sums[dotcompute::group_id()] = partial[0];
///     }
///
/// A kernel that uses any of these runs in whole groups on every device: its grid is rounded up to a multiple of the
/// group's size, `global_size` tells the rounded size, and the kernel guards itself. A direct call, and
/// `for_each_item`, are groups of one item each, in which nobody can be waited for: `barrier` throws there.

#include <cstddef>
#include <type_traits>

#include <dotcompute/kernel/item.hpp>

#ifndef __DOTCOMPUTE_KERNELC__
#include <stdexcept>
#include <string>
#endif

/// Fixes the size of a kernel's groups, in work-items per dimension: `DOTCOMPUTE_KERNEL DOTCOMPUTE_GROUP(16, 16) void
/// f(...)`. At most 1024 items. Without it the launch says the size (`in_groups_of`), or it is 256 items: 256, 16 x 16
/// or 8 x 8 x 4, the same on every device.
#ifdef __DOTCOMPUTE_KERNELC__
#define DOTCOMPUTE_GROUP(...) [[clang::annotate("dotcompute::group", __VA_ARGS__)]]
#else
#define DOTCOMPUTE_GROUP(...)
#endif

namespace dotcompute {

/// The position of this work-item in its group. `D` is 0, 1 or 2 for x, y, z.
template <int D = 0>
[[nodiscard]] inline std::size_t local_id() noexcept {
  static_assert(D >= 0 && D < 3, "dotcompute::local_id<D>: D is 0, 1 or 2 (x, y, z)");
  return detail::current_item.local[D];
}

/// The position of this work-item's group among the groups.
template <int D = 0>
[[nodiscard]] inline std::size_t group_id() noexcept {
  static_assert(D >= 0 && D < 3, "dotcompute::group_id<D>: D is 0, 1 or 2 (x, y, z)");
  return detail::current_item.id[D] / detail::current_item.group_size[D];
}

/// The number of this work-item in its group, x fastest: local_id<0> + local_size<0> * (local_id<1> + local_size<1> *
/// local_id<2>).
[[nodiscard]] inline std::size_t local_linear_id() noexcept {
  const detail::Item& item = detail::current_item;
  return item.local[0] + item.group_size[0] * (item.local[1] + item.group_size[1] * item.local[2]);
}

/// The number of work-items in a group.
[[nodiscard]] inline std::size_t local_linear_size() noexcept {
  const detail::Item& item = detail::current_item;
  return item.group_size[0] * item.group_size[1] * item.group_size[2];
}

/// The size of a group in dimension `D`, in work-items.
template <int D = 0>
[[nodiscard]] inline std::size_t local_size() noexcept {
  static_assert(D >= 0 && D < 3, "dotcompute::local_size<D>: D is 0, 1 or 2 (x, y, z)");
  return detail::current_item.group_size[D];
}

/// The number of groups in dimension `D`: `global_size<D>() / local_size<D>()`.
template <int D = 0>
[[nodiscard]] inline std::size_t group_count() noexcept {
  static_assert(D >= 0 && D < 3, "dotcompute::group_count<D>: D is 0, 1 or 2 (x, y, z)");
  return detail::current_item.grid[D] / detail::current_item.group_size[D];
}

#ifdef __DOTCOMPUTE_KERNELC__

inline void barrier(unsigned line = __builtin_LINE()) {
  // Other items run on this thread until all of them wait.
  const detail::Item item = detail::current_item;
  item.wait(item.fibers, line);
  detail::current_item = item;
}

#else

namespace detail {

/// What a direct call of a kernel does where it would have to wait.
#if defined(__cpp_exceptions)
[[noreturn]] inline void refuse_to_wait(const std::string& operation) {
  throw std::logic_error(operation +
                         ": a direct call runs one work-item alone, which cannot wait for others; launch the kernel, "
                         "for example with runtime.on(\"reference\").run(...)");
}
#else
[[noreturn]] inline void refuse_to_wait(const std::string&) { __builtin_trap(); }
#endif

}  // namespace detail

/// Waits until every item of the group has called it. What items wrote before it, to shared and to global memory, the
/// items of the group can read after it. It stands in control flow that is the same for all items of the group; kernelc
/// refuses any other. In a direct call of a kernel it throws std::logic_error, as there is nobody to wait for.
inline void barrier(const char* function = __builtin_FUNCTION(), const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  detail::refuse_to_wait(std::string("dotcompute::barrier in '") + function + "' (" + file + ":" +
                         std::to_string(line) + ")");
}

#endif

/// An array that the items of a group share: a local of the kernel's outermost block, in no condition. Its contents are
/// unspecified at first and are lost when the group ends. In a helper function it is a parameter, by reference.
template <class T, std::size_t N>
class SharedArray {
  static_assert(N > 0, "dotcompute::SharedArray<T, N>: N is at least 1");
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_default_constructible_v<T>,
                "dotcompute::SharedArray<T, N>: T is an arithmetic type or a plain struct of them, without "
                "initialisers; the items give the elements their values");

 public:
  using value_type = T;

#ifdef __DOTCOMPUTE_KERNELC__
  SharedArray() noexcept : elements_(reinterpret_cast<T*>(detail::current_item.shared)) {
    detail::current_item.shared += (sizeof(T) * N + 63) / 64 * 64;
  }
#else
  SharedArray() noexcept {}  // NOLINT(modernize-use-equals-default): the elements have no values yet
#endif
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;

  [[nodiscard]] T& operator[](std::size_t index) noexcept { return elements_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return elements_[index]; }
  [[nodiscard]] T* data() noexcept { return elements_; }
  [[nodiscard]] const T* data() const noexcept { return elements_; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return N; }
  [[nodiscard]] T* begin() noexcept { return elements_; }
  [[nodiscard]] const T* begin() const noexcept { return elements_; }
  [[nodiscard]] T* end() noexcept { return elements_ + N; }
  [[nodiscard]] const T* end() const noexcept { return elements_ + N; }

 private:
#ifdef __DOTCOMPUTE_KERNELC__
  T* elements_;
#else
  T elements_[N];
#endif
};

}  // namespace dotcompute
