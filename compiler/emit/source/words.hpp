#pragma once

/// Words that a name in the text must not be, in any of the languages.

#include <string_view>

namespace kernelc::source {

/// Keywords, types and macros: what not even a struct's member may be called.
[[nodiscard]] bool is_keyword(std::string_view name);

/// Keywords, the names of C's math functions, and what the texts themselves define.
[[nodiscard]] bool is_common_word(std::string_view name);

/// Whether it is a vector or matrix type's name: "float4", "uint16", "half3x4".
[[nodiscard]] bool is_vector_type(std::string_view name);

}  // namespace kernelc::source
