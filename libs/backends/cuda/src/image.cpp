#include "image.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace dotcompute::cuda {

namespace {

constexpr std::array<char, 8> magic{'d', 'c', 'c', 'u', 'd', 'a', '0', '1'};

struct Header {
  std::array<char, 8> magic;
  std::uint64_t checksum;  // Of all that follows this field.
  std::uint32_t convention;
  std::uint32_t kind;
  std::uint64_t target_size_bytes;
  std::uint64_t entry_size_bytes;
  std::uint64_t code_size_bytes;
};
static_assert(sizeof(Header) == 48);

constexpr std::size_t checked_from = offsetof(Header, convention);

/// FNV-1a, 64 bits (Fowler, Noll, Vo): against damage, not against malice.
std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::vector<std::byte> encode(const Image& image) {
  Header header{magic,
                0,
                static_cast<std::uint32_t>(image.convention),
                static_cast<std::uint32_t>(image.kind),
                image.target.size(),
                image.entry.size(),
                image.code.size()};
  std::vector<std::byte> bytes(sizeof header + image.target.size() + image.entry.size() + image.code.size());
  auto at = std::ranges::copy(std::as_bytes(std::span(&header, 1)), bytes.begin()).out;
  at = std::ranges::copy(std::as_bytes(std::span(image.target)), at).out;
  at = std::ranges::copy(std::as_bytes(std::span(image.entry)), at).out;
  std::ranges::copy(image.code, at);
  header.checksum = checksum_of(std::span(bytes).subspan(checked_from));
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::optional<Image> decode(std::span<const std::byte> bytes) {
  Header header{};
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::span<const std::byte> rest = bytes.subspan(sizeof header);
  if (header.magic != magic || header.checksum != checksum_of(bytes.subspan(checked_from))) return std::nullopt;
  // Each is compared by itself: their sum may wrap.
  if (header.target_size_bytes > rest.size() || header.entry_size_bytes > rest.size() - header.target_size_bytes ||
      header.code_size_bytes != rest.size() - header.target_size_bytes - header.entry_size_bytes) {
    return std::nullopt;
  }
  const auto take = [&](std::uint64_t size) {
    const std::span<const std::byte> part = rest.first(static_cast<std::size_t>(size));
    rest = rest.subspan(part.size());
    return std::string(reinterpret_cast<const char*>(part.data()), part.size());
  };
  Image image;
  image.convention = static_cast<Convention>(header.convention);
  image.kind = static_cast<CodeKind>(header.kind);
  image.target = take(header.target_size_bytes);
  image.entry = take(header.entry_size_bytes);
  image.code = rest;
  const bool has_convention = header.convention >= 1 && header.convention <= 3;
  const bool has_kind = header.kind == 1 || header.kind == 2;
  const bool ends = image.kind != CodeKind::ptx || (!rest.empty() && rest.back() == std::byte{0});
  if (!has_convention || !has_kind || !ends) return std::nullopt;
  return image;
}

}  // namespace dotcompute::cuda
