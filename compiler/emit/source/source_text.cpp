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

void require_shared_memory(const model::Kernel& kernel, const Dialect& dialect) {
  const std::uint64_t most = dialect.most_shared_bytes();
  if (most == 0 || kernel.group.shared_bytes <= most) return;
  throw Refused{"its shared arrays take " + std::to_string(kernel.group.shared_bytes) +
                " bytes for each group, and there it can have " + std::to_string(most) + ": make them smaller"};
}

/// `steps`: the kernel's body, where it is to be written in steps.
SourceText source_text(const model::Kernel& kernel, const Dialect& dialect, Language language,
                       const std::vector<Step>& steps) {
  const bool has_spaces = !dialect.space(Space::global).empty();
  const AddressSpaces spaces = has_spaces ? find_address_spaces(kernel) : generic_address_space(kernel);
  SourceText result;
  if (!spaces.conflict.empty()) {
    result.refusal = spaces.conflict;
    return result;
  }
  Workshop shop(dialect, spaces, kernel.group);
  shop.line = kernel.function->line;
  try {
    require_shared_memory(kernel, dialect);
    std::string body;
    // The entry's name comes first: it is what a profiler shows.
    result.entry = shop.names.global(identifier(kernel.function->name));
    for (const FunctionClone& clone : spaces.clones) {
      const bool is_kernel = &clone == &spaces.clones.back();
      shop.file = clone.function->file;
      shop.functions.push_back(is_kernel ? result.entry : shop.names.global(identifier(clone.function->name)));
      FunctionWriter writer(shop, clone);
      const std::vector<Line> lines =
          is_kernel ? writer.entry(result.entry, kernel.dimensions, steps) : writer.function(shop.functions.back());
      body += "\n" + render(lines, clone.function->file);
    }
    result.needs = {.fp64 = shop.types.uses_fp64(),
                    .int64_atomics = shop.routines.uses_int64_atomics(),
                    .fast_math = kernel.is_fast};
    const auto section = [](const std::string& text) { return text.empty() ? "" : "\n" + text; };
    result.text = "// " + in_comment(kernel.function->name) + ", " + in_comment(place(*kernel.function)) + ", in " +
                  std::string(name(language)) + " by kernelc " + version() + "\n" + dialect.preamble(result.needs) +
                  std::string(index_type) + section(shop.types.definitions()) + section(shop.types.tables()) +
                  section(shop.routines.definitions()) + body;
  } catch (const Refused& refused) {
    result = {};
    result.refusal = refused.reason + " (" + spoken_place(shop.file, shop.line, kernel.function->file) + ")";
  }
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
  const Dialect& dialect = dialect_of(language);
  const bool is_stepped =
      kernel.group.barriers && !dialect.takes_any_barrier() && !has_plain_barriers(*kernel.flat_body);
  if (!is_stepped) return source_text(kernel, dialect, language, {});
  model::Function flat = *kernel.function;
  flat.body = kernel.flat_body;
  model::Kernel stepped = kernel;
  stepped.function = &flat;
  return source_text(stepped, dialect, language, make_steps(*kernel.flat_body));
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
