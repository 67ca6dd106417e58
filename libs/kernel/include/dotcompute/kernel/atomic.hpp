#pragma once

/// Operations on one number in memory that the work-items share, each of which no other work-item can come between.
///
///     DOTCOMPUTE_KERNEL void histogram(std::span<const std::uint8_t> bytes, std::span<std::uint32_t> counts) {
///       const std::size_t i = dotcompute::global_id();
///       if (i < bytes.size()) dotcompute::atomic_add(counts[bytes[i]], 1u);
///     }
///
/// The object is an element of a span or of a SharedArray, or a member of one, and of 32 or 64 bits: an integer, float
/// or double. All but atomic_store return the value from before. The order is relaxed: an atomic operation orders
/// nothing but the accesses to its own object; `barrier` orders the group's. Every item that changes the object while
/// others use it does so by these functions. A device that has no operations on 64 bits refuses a kernel that needs
/// them.
///
/// They are the same functions in a direct call of a kernel, from as many threads as may be. They are made of the
/// compiler's own operations, as std::atomic_ref is, whose header costs every file of kernels more than it gives.

#include <type_traits>

namespace dotcompute {

namespace detail {

template <class T>
inline constexpr bool is_atomic_number =
    (std::is_integral_v<T> || std::is_same_v<T, float> || std::is_same_v<T, double>) && !std::is_same_v<T, bool> &&
    (sizeof(T) == 4 || sizeof(T) == 8);

/// Whether T can be the type of an object; says so where it cannot. kernelc says it at the call instead.
template <class T, bool needs_integer = false>
constexpr bool can_be_atomic() {
  using Number = std::remove_cv_t<T>;
  constexpr bool is_right = is_atomic_number<Number> && (!needs_integer || std::is_integral_v<Number>);
#ifndef __DOTCOMPUTE_KERNELC__
  static_assert(!std::is_const_v<T>,
                "dotcompute::atomic_...: the object is const; take it from a std::span<T>, not a std::span<const T>");
  static_assert(is_atomic_number<Number>,
                "dotcompute::atomic_...: the object is a std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, "
                "float or double; for a flag or a small count use a std::uint32_t");
  static_assert(is_right || !needs_integer || !is_atomic_number<Number>,
                "dotcompute::atomic_and, atomic_or, atomic_xor: the object is an integer of 32 or 64 bits");
#endif
  return is_right && !std::is_const_v<T>;
}

template <class T>
[[nodiscard]] inline T read_atomically(const T& object) noexcept {
  T value;
  __atomic_load(&object, &value, __ATOMIC_RELAXED);
  return value;
}

/// Puts `desired` in the place of `expected`, if that is what the object holds; otherwise tells what it holds instead.
template <class T>
inline bool exchange_if_equal(T& object, T& expected, T desired) noexcept {
  return __atomic_compare_exchange(&object, &expected, &desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

}  // namespace detail

/// Adds `value`; integers wrap. The sum of floating-point numbers depends on the order in which the items come.
template <class T>
inline std::remove_cv_t<T> atomic_add(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return value;
  } else if constexpr (std::is_integral_v<T>) {
    return __atomic_fetch_add(&object, value, __ATOMIC_RELAXED);
  } else {
    T old = detail::read_atomically(object);
    while (!detail::exchange_if_equal(object, old, old + value)) {
    }
    return old;
  }
}

/// Subtracts `value`; integers wrap. The result of floating-point numbers depends on the order of the items.
template <class T>
inline std::remove_cv_t<T> atomic_sub(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return value;
  } else if constexpr (std::is_integral_v<T>) {
    return __atomic_fetch_sub(&object, value, __ATOMIC_RELAXED);
  } else {
    T old = detail::read_atomically(object);
    while (!detail::exchange_if_equal(object, old, old - value)) {
    }
    return old;
  }
}

/// `object = value < object ? value : object`. So a NaN that comes is ignored, and one that is there stays.
template <class T>
inline std::remove_cv_t<T> atomic_min(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return value;
  } else {
    T old = detail::read_atomically(object);
    while (value < old && !detail::exchange_if_equal(object, old, value)) {
    }
    return old;
  }
}

/// `object = object < value ? value : object`. So a NaN that comes is ignored, and one that is there stays.
template <class T>
inline std::remove_cv_t<T> atomic_max(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return value;
  } else {
    T old = detail::read_atomically(object);
    while (old < value && !detail::exchange_if_equal(object, old, value)) {
    }
    return old;
  }
}

/// `object &= value`, of integers.
template <class T>
inline std::remove_cv_t<T> atomic_and(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T, true>()) {
    return value;
  } else {
    return __atomic_fetch_and(&object, value, __ATOMIC_RELAXED);
  }
}

/// `object |= value`, of integers.
template <class T>
inline std::remove_cv_t<T> atomic_or(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T, true>()) {
    return value;
  } else {
    return __atomic_fetch_or(&object, value, __ATOMIC_RELAXED);
  }
}

/// `object ^= value`, of integers.
template <class T>
inline std::remove_cv_t<T> atomic_xor(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T, true>()) {
    return value;
  } else {
    return __atomic_fetch_xor(&object, value, __ATOMIC_RELAXED);
  }
}

/// `object = value`. Which item comes last is not known.
template <class T>
inline std::remove_cv_t<T> atomic_exchange(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return value;
  } else {
    T old;
    __atomic_exchange(&object, &value, &old, __ATOMIC_RELAXED);
    return old;
  }
}

/// `if (object == expected) object = desired`, and never spuriously not. Floating-point numbers are compared by their
/// bits, as std::atomic does: a zero is not the zero of the other sign, and a NaN may be found. It has succeeded if
/// what it returns has the bits of `expected`.
template <class T>
inline std::remove_cv_t<T> atomic_compare_exchange(T& object, std::remove_cv_t<T> expected,
                                                   std::remove_cv_t<T> desired) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return desired;
  } else {
    detail::exchange_if_equal(object, expected, desired);
    return expected;
  }
}

/// What the object holds, while other items may be changing it.
template <class T>
[[nodiscard]] inline std::remove_cv_t<T> atomic_load(T& object) noexcept {
  if constexpr (!detail::can_be_atomic<T>()) {
    return object;
  } else {
    return detail::read_atomically(object);
  }
}

/// `object = value`, while other items may be using it.
template <class T>
inline void atomic_store(T& object, std::remove_cv_t<T> value) noexcept {
  if constexpr (detail::can_be_atomic<T>()) __atomic_store(&object, &value, __ATOMIC_RELAXED);
}

}  // namespace dotcompute
