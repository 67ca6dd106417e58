#pragma once

/// An array whose size is known when it is made, without the heap where it is small.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace dotcompute::detail {

template <class T, std::size_t Small>
class SmallArray {
 public:
  explicit SmallArray(std::size_t size) : heap_(size > Small ? size : 0), size_(size) {}
  SmallArray(const SmallArray&) = delete;
  SmallArray& operator=(const SmallArray&) = delete;
  ~SmallArray() = default;

  [[nodiscard]] std::span<T> elements() noexcept { return {size_ > Small ? heap_.data() : few_.data(), size_}; }

 private:
  std::array<T, Small> few_{};
  std::vector<T> heap_;
  std::size_t size_;
};

}  // namespace dotcompute::detail
