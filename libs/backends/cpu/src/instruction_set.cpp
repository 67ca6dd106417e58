#include "instruction_set.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace dotcompute::cpu {

namespace {

constexpr std::array<std::pair<dotcompute_isa, std::string_view>, 4> names{{
    {DOTCOMPUTE_ISA_X86_64_V2, "x86-64-v2"},
    {DOTCOMPUTE_ISA_X86_64_V3, "x86-64-v3"},
    {DOTCOMPUTE_ISA_X86_64_V4, "x86-64-v4"},
    {DOTCOMPUTE_ISA_AARCH64, "aarch64"},
}};

}  // namespace

std::string isa_name(std::uint32_t isa) {
  for (const auto& [known, name] : names) {
    if (known == isa) return std::string(name);
  }
  return "instruction set " + std::to_string(isa);
}

std::optional<dotcompute_isa> find_isa(std::string_view text) noexcept {
  constexpr std::string_view family = "x86-64-";
  for (const auto& [isa, name] : names) {
    if (name == text || (name.starts_with(family) && name.substr(family.size()) == text)) return isa;
  }
  return std::nullopt;
}

bool same_family(std::uint32_t a, std::uint32_t b) noexcept {
  return (a < DOTCOMPUTE_ISA_AARCH64) == (b < DOTCOMPUTE_ISA_AARCH64);
}

#if defined(__x86_64__)

std::optional<dotcompute_isa> best_isa_of_machine() noexcept {
  // Asks the operating system as well: registers that it does not save are not there.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return DOTCOMPUTE_ISA_X86_64_V4;
  if (__builtin_cpu_supports("x86-64-v3")) return DOTCOMPUTE_ISA_X86_64_V3;
  if (__builtin_cpu_supports("x86-64-v2")) return DOTCOMPUTE_ISA_X86_64_V2;
  return std::nullopt;
}

std::string processor_name() {
  // The brand string fills the registers of three leaves (Intel SDM, CPUID 80000002H to 80000004H).
  std::array<unsigned, 12> words{};
  for (unsigned leaf = 0; leaf < 3; ++leaf) {
    unsigned* const to = words.data() + std::size_t{4} * leaf;
    if (__get_cpuid(0x80000002u + leaf, &to[0], &to[1], &to[2], &to[3]) == 0) return "x86-64 processor";
  }
  std::array<char, sizeof words + 1> text{};
  std::memcpy(text.data(), words.data(), sizeof words);
  std::string name(text.data());
  const std::size_t begin = name.find_first_not_of(' ');
  if (begin == std::string::npos) return "x86-64 processor";
  return name.substr(begin, name.find_last_not_of(' ') - begin + 1);
}

#elif defined(__aarch64__)

std::optional<dotcompute_isa> best_isa_of_machine() noexcept { return DOTCOMPUTE_ISA_AARCH64; }

std::string processor_name() { return "AArch64 processor"; }

#endif

}  // namespace dotcompute::cpu
