#pragma once

/// An array in memory, as read from a file or to be written to one.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "element_type.hpp"

namespace dotcompute::tool {

/// Returns a mapping to the system.
struct Unmap {
  std::uint64_t size_bytes = 0;          ///< Of the block.
  std::byte* mapping = nullptr;          ///< What the system gave, which holds the block.
  std::uint64_t mapping_size_bytes = 0;  ///< With the page after it.
  void operator()(std::byte* data) const noexcept;
};

/// A move-only block of zero-filled memory, aligned to 64 bytes, before a page that is not there. Pages that are never
/// touched cost nothing.
class Bytes {
 public:
  Bytes() = default;
  /// Throws ToolError (input) that names `purpose` if the machine has not that much memory.
  Bytes(std::uint64_t size_bytes, const std::string& purpose);

  [[nodiscard]] std::byte* data() const noexcept { return memory_.get(); }
  [[nodiscard]] std::uint64_t size() const noexcept { return memory_ ? memory_.get_deleter().size_bytes : 0; }
  [[nodiscard]] Bytes copy(const std::string& purpose) const;
  /// Has the system provide every page now, so that a launch which writes here is not the one to wait for it.
  void touch() const;

 private:
  std::unique_ptr<std::byte[], Unmap> memory_;
};

/// Elements in C order. `shape` lists the slowest axis first, as numpy does; it is empty for a single value.
struct Array {
  ElementType type;
  std::vector<std::uint64_t> shape;
  bool is_image = false;  ///< Shape (height, width, channels): an image is `width` x `height`, whatever its channels.
  Bytes bytes;

  /// The number of elements.
  [[nodiscard]] std::uint64_t count() const noexcept;
  /// The sizes a grid over it has, x first: the axes in reverse; width and height for an image.
  [[nodiscard]] std::vector<std::uint64_t> grid_shape() const;
};

/// Multiplies the lengths; false if the product does not fit 64 bits. No lengths give 1; a length of 0 gives 0.
[[nodiscard]] bool multiply(const std::vector<std::uint64_t>& lengths, std::uint64_t& product) noexcept;

/// "(480, 640, 3)", "(5,)", "()": as numpy prints a shape.
[[nodiscard]] std::string describe_shape(const std::vector<std::uint64_t>& shape);

}  // namespace dotcompute::tool
