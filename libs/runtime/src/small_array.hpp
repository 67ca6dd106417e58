#pragma once

/// An array whose size is known when it is made, without the heap where it is small.

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace dotcompute::detail {

template <class T, std::size_t Small>
class SmallArray {
 public:
  explicit SmallArray(std::size_t size) : heap_(size > Small ? size : 0), elements_(heap_) {
    if (size > Small) return;
    // No more of them than there are: a launch makes several arrays.
    elements_ = {reinterpret_cast<T*>(few_.data()), size};
    std::ranges::uninitialized_value_construct(elements_);
  }
  SmallArray(const SmallArray&) = delete;
  SmallArray& operator=(const SmallArray&) = delete;
  ~SmallArray() {
    if (heap_.empty()) std::ranges::destroy(elements_);
  }

  [[nodiscard]] std::span<T> elements() noexcept { return elements_; }

 private:
  alignas(T) std::array<std::byte, Small * sizeof(T)> few_;
  std::vector<T> heap_;
  std::span<T> elements_;
};

}  // namespace dotcompute::detail
