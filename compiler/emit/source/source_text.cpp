#include "emit/source/source_text.hpp"

#include "driver/compile.hpp"
#include "emit/source/function_writer.hpp"

namespace kernelc::source {

namespace {

const Dialect& dialect_of(Language language) {
  switch (language) {
    case Language::cuda_c: return cuda_c();
    case Language::opencl_c: return opencl_c();
    case Language::msl: return msl();
  }
  return opencl_c();
}

std::string place(const model::Function& function) { return function.file + ":" + std::to_string(function.line); }

/// A name as it stands in a comment: a line's end in it would end the comment.
std::string in_comment(const std::string& text) {
  std::string result;
  for (const char c : text) result += static_cast<unsigned char>(c) < 0x20 || c == '\\' ? '?' : c;
  return result;
}

}  // namespace

std::string_view name(Language language) {
  switch (language) {
    case Language::cuda_c: return "CUDA C";
    case Language::opencl_c: return "OpenCL C 1.2";
    case Language::msl: return "Metal";
  }
  return "";
}

SourceText source_text(const model::Kernel& kernel, Language language) {
  if (kernel.group.any()) return {.text = {}, .entry = {}, .refusal = "it uses its group", .needs = {}};
  const Dialect& dialect = dialect_of(language);
  const bool has_spaces = !dialect.space(Space::global).empty();
  const AddressSpaces spaces = has_spaces ? find_address_spaces(kernel) : generic_address_space(kernel);
  SourceText result;
  if (!spaces.conflict.empty()) {
    result.refusal = spaces.conflict;
    return result;
  }
  Workshop shop(dialect, spaces);
  try {
    std::string body;
    // The entry's name comes first: it is what a profiler shows.
    result.entry = shop.names.global(identifier(kernel.function->name));
    for (const FunctionClone& clone : spaces.clones) {
      const bool is_kernel = &clone == &spaces.clones.back();
      shop.functions.push_back(is_kernel ? result.entry : shop.names.global(identifier(clone.function->name)));
      FunctionWriter writer(shop, clone);
      const std::vector<Line> lines =
          is_kernel ? writer.entry(result.entry, kernel.dimensions) : writer.function(shop.functions.back());
      body += "\n" + render(lines, clone.function->file);
    }
    result.needs = {.fp64 = shop.types.uses_fp64(), .int64_atomics = shop.routines.uses_int64_atomics()};
    const auto section = [](const std::string& text) { return text.empty() ? "" : "\n" + text; };
    result.text = "// " + in_comment(kernel.function->name) + ", " + in_comment(place(*kernel.function)) + ", in " +
                  std::string(name(language)) + " by kernelc " + version() + "\n" + dialect.preamble(result.needs) +
                  std::string(index_type) + section(shop.types.definitions()) + section(shop.types.tables()) +
                  section(shop.routines.definitions()) + body;
  } catch (const Refused& refused) {
    result = {};
    result.refusal = refused.reason + " (line " + std::to_string(shop.line) + ")";
  }
  return result;
}

std::string source_texts(const model::Model& model, Language language, std::string& refusals) {
  std::string text;
  bool has_any = false;
  for (const model::Kernel& kernel : model.kernels) {
    const SourceText source = source_text(kernel, language);
    if (!text.empty()) text += "\n";
    if (source.refusal.empty()) {
      text += source.text;
      has_any = true;
      continue;
    }
    const std::string reason =
        kernel.function->name + " cannot be written in " + std::string(name(language)) + ": " + source.refusal;
    text += "// " + in_comment(reason) + "\n";
    refusals += kernel.file + ":" + std::to_string(kernel.function->line) + ": " + reason + "\n";
  }
  return has_any ? text : std::string();
}

}  // namespace kernelc::source
