#pragma once

/// A kernel as source text for the compiler of a device's vendor: readable, complete (it includes nothing) and
/// deterministic. What the text means is what the kernel model means, to the bit, wherever the model is exact; how its
/// entry is called is said at dotcompute_source in dotcompute/kernel/abi.h.

#include <string>
#include <string_view>

#include "model/model.hpp"

namespace kernelc::source {

enum class Language { cuda_c, opencl_c, msl };

/// In the order of a record's table.
inline constexpr Language languages[] = {Language::cuda_c, Language::opencl_c, Language::msl};

/// "CUDA C", "OpenCL C 1.2", "Metal".
[[nodiscard]] std::string_view name(Language language);

/// What a text uses of what not every device has, and whether it may be built with fast math.
struct TextNeeds {
  bool fp64 = false;           ///< A double occurs in it.
  bool int64_atomics = false;  ///< Atomic operations on 64 bits.
  bool fast_math = false;      ///< DOTCOMPUTE_KERNEL_FAST.
};

struct SourceText {
  std::string text;     ///< Empty if the kernel cannot be written in the language.
  std::string entry;    ///< The name of the kernel's function in the text.
  std::string refusal;  ///< Why there is no text, in a sentence with the source line; empty if there is one.
  TextNeeds needs;
};

/// One kernel with all that it calls.
[[nodiscard]] SourceText source_text(const model::Kernel& kernel, Language language);

/// All kernels of a file, one text after the other; a kernel that has none is a comment that says why. Empty if none
/// has one; `refusals` then tells the reasons, a line each.
[[nodiscard]] std::string source_texts(const model::Model& model, Language language, std::string& refusals);

}  // namespace kernelc::source
