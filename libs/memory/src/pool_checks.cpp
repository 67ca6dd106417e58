#include "pool_checks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace dotcompute::detail {

namespace {

constexpr std::byte poison{0xDB};
constexpr std::byte canary{0xC5};
constexpr std::uint64_t piece_bytes = 16384;
/// Of a large block its two ends are poisoned: what is used late is used there first or last.
constexpr std::uint64_t most_poison_bytes = std::uint64_t{1} << 20;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::array<Range, 2> poisoned_ranges(const PooledMemory& memory) noexcept {
  const std::uint64_t size = memory.size_bytes;
  if (size <= most_poison_bytes) return {{{0, size}, {size, size}}};
  return {{{0, most_poison_bytes / 2}, {size - most_poison_bytes / 2, size}}};
}

bool fill(const PooledMemory& memory, MemorySource& source, Range range, std::byte value) noexcept {
  std::array<std::byte, piece_bytes> piece;
  piece.fill(value);
  try {
    for (std::uint64_t at = range.begin; at < range.end; at += piece_bytes) {
      const auto size = static_cast<std::size_t>(std::min(range.end - at, piece_bytes));
      if (!source.write(*memory.memory, at, std::span<const std::byte>(piece).first(size))) return false;
    }
    return true;
  } catch (...) {
    // A device that fails is reported by whoever uses it.
    return false;
  }
}

struct Difference {
  std::uint64_t at = 0;
  std::byte value{};
};

std::optional<Difference> find_other(const PooledMemory& memory, MemorySource& source, Range range,
                                     std::byte expected) noexcept {
  std::array<std::byte, piece_bytes> piece;
  try {
    for (std::uint64_t at = range.begin; at < range.end; at += piece_bytes) {
      const auto bytes = std::span(piece).first(static_cast<std::size_t>(std::min(range.end - at, piece_bytes)));
      if (!source.read(*memory.memory, at, bytes)) return std::nullopt;
      const auto other = std::ranges::find_if(bytes, [&](std::byte value) { return value != expected; });
      if (other != bytes.end()) return Difference{at + static_cast<std::uint64_t>(other - bytes.begin()), *other};
    }
  } catch (...) {
    // As above.
  }
  return std::nullopt;
}

std::string describe(const PooledMemory& memory, const MemorySource& source) {
  return fmt::format("a block of {} bytes on {}, allocated at {}:{} in {},", memory.size_bytes, source.name(),
                     memory.where.file_name(), memory.where.line(), memory.where.function_name());
}

std::string check_canary(const PooledMemory& memory, MemorySource& source) {
  if (!memory.has_canary) return {};
  const Range range{memory.size_bytes, memory.size_bytes + canary_bytes};
  const auto found = find_other(memory, source, range, canary);
  if (!found) return {};
  return fmt::format(
      "{} was written behind its end: byte {} became {:#04x}; look for an index that is too large, in a "
      "kernel by compiling it with --checked",
      describe(memory, source), found->at, std::to_integer<unsigned>(found->value));
}

}  // namespace

void arm(PooledMemory& memory, MemorySource& source) noexcept {
  memory.is_poisoned = false;
  memory.has_canary = memory.pending.empty() && memory.size_bytes + canary_bytes <= memory.capacity_bytes &&
                      fill(memory, source, {memory.size_bytes, memory.size_bytes + canary_bytes}, canary);
}

std::string check_given_back(PooledMemory& memory, MemorySource& source) {
  if (!memory.pending.prune()) return {};
  std::string fault = check_canary(memory, source);
  // Reported once.
  if (!fault.empty()) memory.has_canary = false;
  const auto [first, last] = poisoned_ranges(memory);
  memory.is_poisoned = fill(memory, source, first, poison) && fill(memory, source, last, poison);
  return fault;
}

std::string check_unused(PooledMemory& memory, MemorySource& source) {
  if (!memory.pending.prune()) return {};
  std::string fault = check_canary(memory, source);
  if (!fault.empty() || !memory.is_poisoned) return fault;
  for (const Range& range : poisoned_ranges(memory)) {
    const auto found = find_other(memory, source, range, poison);
    if (!found) continue;
    return fmt::format(
        "{} was written after it was given back: byte {} became {:#04x}; look for a pointer or span that "
        "was kept too long",
        describe(memory, source), found->at, std::to_integer<unsigned>(found->value));
  }
  return {};
}

std::string describe_leak(const PooledMemory& memory, const MemorySource& source) {
  return fmt::format("{} was not given back before its pool was destroyed; destroy it first", describe(memory, source));
}

}  // namespace dotcompute::detail
