#pragma once

/// What a launch by name with an allocated result yields.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>
#include <vector>

#include <dotcompute/base/export.hpp>
#include <dotcompute/memory/unified_buffer.hpp>
#include <dotcompute/runtime/report.hpp>
#include <dotcompute/runtime/signature.hpp>

namespace dotcompute {

/// The result and the report of its launch. Converts to the result where that is all a caller wants:
///
///     auto sum = co_await runtime.execute<std::vector<float>>("demo::vector_add", arg("a", a), arg("b", b));
///     use(sum.value);                     // or: std::vector<float> sum = co_await ...
template <class R>
struct Outcome {
  R value;
  LaunchReport report;

  operator R() && { return std::move(value); }  // NOLINT(google-explicit-constructor): see above
};

namespace detail {

/// Throws MemoryError for a result of `count` elements.
[[noreturn]] DOTCOMPUTE_API void throw_no_room_for_result(std::uint64_t count, std::size_t element_size_bytes,
                                                          const std::exception& cause);

/// The types a result may have, and how one of `count` elements is made.
template <class R>
struct ResultOf {
  static_assert(sizeof(R) == 0, "dotcompute::execute<R>: R is std::vector<T> or dotcompute::UnifiedBuffer<T>");
};
template <class T>
struct ResultOf<std::vector<T>> {
  static_assert(!std::is_same_v<T, bool>,
                "dotcompute: std::vector<bool> keeps bits, not elements: ask for a UnifiedBuffer<bool>");
  static constexpr ElementShape element() noexcept { return element_shape_of<T>(); }
  static std::vector<T> create(std::uint64_t count) {
    try {
      return std::vector<T>(count);
    } catch (const std::exception& error) {  // std::bad_alloc or std::length_error
      throw_no_room_for_result(count, sizeof(T), error);
    }
  }
  static void* data(std::vector<T>& result) noexcept { return result.data(); }
  static BufferStorage* buffer(const std::vector<T>&) noexcept { return nullptr; }
};
template <class T>
struct ResultOf<UnifiedBuffer<T>> {
  static constexpr ElementShape element() noexcept { return element_shape_of<T>(); }
  static UnifiedBuffer<T> create(std::uint64_t count) { return UnifiedBuffer<T>(count); }
  static void* data(UnifiedBuffer<T>& result) noexcept { return result.places().data(); }
  static BufferStorage* buffer(const UnifiedBuffer<T>& result) noexcept { return result.storage(); }
};

}  // namespace detail
}  // namespace dotcompute
