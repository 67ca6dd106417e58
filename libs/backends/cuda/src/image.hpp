#pragma once

/// What `build` makes and `load` takes: code for one device, with what is needed to call it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::cuda {

/// How the entry of a kernel takes sizes and indices (see dotcompute_source).
enum class Convention : std::uint32_t {
  narrow = 1,  ///< In 32 bits.
  wide = 2,    ///< In 64 bits.
  raw = 3      ///< Not at all: only the declared parameters.
};

enum class CodeKind : std::uint32_t { cubin = 1, ptx = 2 };

/// The code is borrowed where the image was decoded.
struct Image {
  Convention convention = Convention::narrow;
  CodeKind kind = CodeKind::cubin;
  std::string target;               ///< "sm_90"
  std::string entry;                ///< As the code names it.
  std::span<const std::byte> code;  ///< PTX ends with a zero byte.
};

[[nodiscard]] std::vector<std::byte> encode(const Image& image);

/// Empty if the bytes are no image or are damaged.
[[nodiscard]] std::optional<Image> decode(std::span<const std::byte> bytes);

}  // namespace dotcompute::cuda
