#pragma once

/// Who uses a buffer's memory on the host, as one word: how many read it, whether one writes it, and whether others
/// stand in line. Values only: what changes the word in memory, and the line itself, is HostUses.

#include <cstdint>

namespace dotcompute::detail {

/// What a launch, or the program, does with a buffer's memory on the host.
enum class HostUse : std::uint8_t {
  read,   ///< Others may read too.
  write,  ///< Nobody else uses it.
};

/// Any number of readers or one writer. While others stand in line, whoever comes joins the line.
struct UseWord {
  static constexpr std::uint32_t writer = 1u << 31;
  static constexpr std::uint32_t line = 1u << 30;  ///< Somebody stands in line.
  static constexpr std::uint32_t users = ~line;

  std::uint32_t bits = 0;

  friend constexpr bool operator==(UseWord, UseWord) = default;
};

/// What a use adds to the word.
[[nodiscard]] constexpr std::uint32_t unit_of(HostUse use) noexcept {
  return use == HostUse::write ? UseWord::writer : 1;
}

[[nodiscard]] constexpr bool has_users(UseWord word) noexcept { return (word.bits & UseWord::users) != 0; }
[[nodiscard]] constexpr bool has_line(UseWord word) noexcept { return (word.bits & UseWord::line) != 0; }

/// Whether the use can begin beside those that there are; the line aside.
[[nodiscard]] constexpr bool is_free_for(UseWord word, HostUse use) noexcept {
  return use == HostUse::write ? !has_users(word) : (word.bits & UseWord::writer) == 0;
}

/// Whether whoever comes may begin the use at once.
[[nodiscard]] constexpr bool may_take(UseWord word, HostUse use) noexcept {
  return !has_line(word) && is_free_for(word, use);
}

[[nodiscard]] constexpr UseWord with(UseWord word, HostUse use) noexcept { return {word.bits + unit_of(use)}; }
[[nodiscard]] constexpr UseWord without(UseWord word, HostUse use) noexcept { return {word.bits - unit_of(use)}; }

/// Whether whoever left this word behind has to look at the line: nobody else will.
[[nodiscard]] constexpr bool must_serve_line(UseWord word) noexcept { return has_line(word) && !has_users(word); }

}  // namespace dotcompute::detail
