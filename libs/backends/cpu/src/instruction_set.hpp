#pragma once

/// The instruction sets that CPU code is made for, and which of them this machine runs.

#include <optional>
#include <string>
#include <string_view>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::cpu {

/// "x86-64-v3"; "instruction set 99" for one that is not known.
[[nodiscard]] std::string isa_name(std::uint32_t isa);

/// The inverse of `isa_name`, which takes the short names "v2", "v3" and "v4" too; empty for any other text.
[[nodiscard]] std::optional<dotcompute_isa> find_isa(std::string_view name) noexcept;

/// Whether both belong to one family of processors, whose higher members include the lower ones.
[[nodiscard]] bool same_family(std::uint32_t a, std::uint32_t b) noexcept;

/// The highest instruction set of this machine; empty below x86-64-v2.
[[nodiscard]] std::optional<dotcompute_isa> best_isa_of_machine() noexcept;

/// What the processor calls itself: "AMD EPYC 9654 96-Core Processor".
[[nodiscard]] std::string processor_name();

}  // namespace dotcompute::cpu
