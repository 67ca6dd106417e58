#pragma once

/// Names of instruction sets.

#include <cstdint>
#include <string_view>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::tool {

/// "x86-64-v3" for a value of `dotcompute_isa`.
[[nodiscard]] constexpr std::string_view isa_name(std::uint32_t isa) noexcept {
  switch (isa) {
    case DOTCOMPUTE_ISA_X86_64_V2: return "x86-64-v2";
    case DOTCOMPUTE_ISA_X86_64_V3: return "x86-64-v3";
    case DOTCOMPUTE_ISA_X86_64_V4: return "x86-64-v4";
    case DOTCOMPUTE_ISA_AARCH64: return "aarch64";
    default: return "an unknown instruction set";
  }
}

}  // namespace dotcompute::tool
