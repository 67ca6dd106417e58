#pragma once

/// SHA-256 (FIPS 180-4): what identifies a content for longer than a process lives.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dotcompute {

/// Takes bytes in pieces and gives the hash of all of them.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes) noexcept;
  void update(std::string_view text) noexcept { update(std::as_bytes(std::span(text))); }

  /// A text that cannot run into its neighbours: preceded by its length.
  void update_field(std::string_view text);

  /// The hash as 64 lower-case hexadecimal digits. The object is used up.
  [[nodiscard]] std::string finish();

 private:
  void compress(const std::byte* block) noexcept;

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_{};  ///< What did not fill a block yet.
  std::size_t filled_ = 0;
  std::uint64_t length_bytes_ = 0;
};

}  // namespace dotcompute
