#include <dotcompute/kernel/declared_kernel.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/base/sha256.hpp>

namespace dotcompute {

namespace {

constexpr const char* place = "(given while the program runs)";

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t multiple) noexcept {
  return (value + multiple - 1) / multiple * multiple;
}

[[noreturn]] void refuse(const DeviceSource& source, const std::string& what) {
  throw CompilationError(Remedy::fix_input, fmt::format("device source '{}': {}", source.name, what),
                         {.kernel = source.name, .device = {}, .source = {}, .cause = {}});
}

void check_texts(const DeviceSource& source) {
  if (source.texts.empty()) refuse(source, "it has no text; give it in at least one language");
  for (auto text = source.texts.begin(); text != source.texts.end(); ++text) {
    const std::string_view language = name(text->language);
    if (text->text.empty()) refuse(source, fmt::format("its {} text is empty", language));
    if (text->entry.empty()) {
      refuse(source, fmt::format("its {} text names no entry; give the name of the kernel function", language));
    }
    if (std::any_of(source.texts.begin(), text, [&](const auto& other) { return other.language == text->language; })) {
      refuse(source, fmt::format("it has two texts in {}; give one for each language", language));
    }
  }
}

void check(const DeviceSource& source) {
  if (source.name.empty()) refuse(source, "it has no name; give the name that launches call it by");
  if (source.dimensions < 1 || source.dimensions > 3) {
    refuse(source, fmt::format("it says that it has {} dimensions; a grid has 1, 2 or 3", source.dimensions));
  }
  const auto& parameters = source.parameters;
  for (auto parameter = parameters.begin(); parameter != parameters.end(); ++parameter) {
    if (parameter->name.empty()) {
      refuse(source, fmt::format("its parameter {} has no name; arguments are given by name",
                                 parameter - parameters.begin() + 1));
    }
    if (std::any_of(parameters.begin(), parameter, [&](const auto& other) { return other.name == parameter->name; })) {
      refuse(source, fmt::format("it has two parameters '{}'; give each a name of its own", parameter->name));
    }
    if (parameter->shape.size_bytes == 0 || parameter->shape.alignment == 0) {
      refuse(source, fmt::format("its parameter '{}' has no type; declare the parameters with declared_parameters<...>",
                                 parameter->name));
    }
  }
  check_texts(source);
}

std::string hash_of(const DeviceSource& source) {
  Sha256 hash;
  hash.update_field("device source 1");
  hash.update_field(source.name);
  hash.update_field(fmt::format("{} {}", source.dimensions, source.needs_fp64));
  for (const DeclaredParameter& parameter : source.parameters) {
    const ParameterShape& shape = parameter.shape;
    hash.update_field(parameter.name);
    hash.update_field(fmt::format("{} {} {} {} {} {}", shape.is_span, shape.is_written, shape.is_struct,
                                  static_cast<unsigned>(shape.scalar), shape.size_bytes, shape.alignment));
  }
  for (const DeviceText& text : source.texts) {
    hash.update_field(name(text.language));
    hash.update_field(text.entry);
    hash.update_field(text.text);
  }
  return hash.finish();
}

}  // namespace

std::string_view name(DeviceLanguage language) noexcept {
  switch (language) {
    case DeviceLanguage::cuda_c: return "CUDA C";
    case DeviceLanguage::opencl_c: return "OpenCL C";
    case DeviceLanguage::msl: return "Metal's language";
    case DeviceLanguage::ptx: return "PTX";
  }
  return "an unknown language";
}

DeclaredKernel::DeclaredKernel(DeviceSource source) : source_(std::move(source)) {
  check(source_);
  content_hash_ = hash_of(source_);
  describe_parameters();
  describe_texts();
  record_.struct_size = sizeof record_;
  record_.dimensions = static_cast<std::uint32_t>(source_.dimensions);
  record_.name = source_.name.c_str();
  record_.mangled_name = source_.name.c_str();
  record_.source_file = place;
  record_.content_hash = content_hash_.c_str();
  unit_.struct_size = sizeof unit_;
  unit_.abi_version = DOTCOMPUTE_ABI_VERSION;
  unit_.kernelc_version = "";
  unit_.source_file = place;
  unit_.kernels = &record_;
  unit_.kernel_count = 1;
  dotcompute_register_unit(&unit_);
}

DeclaredKernel::~DeclaredKernel() { unregister(); }

void DeclaredKernel::unregister() noexcept { dotcompute_unregister_unit(&unit_); }

void DeclaredKernel::describe_parameters() {
  std::uint64_t offset = 0;
  std::uint64_t largest_alignment = 1;
  for (const DeclaredParameter& parameter : source_.parameters) {
    const ParameterShape& shape = parameter.shape;
    dotcompute_type& type = types_.emplace_back();
    type.kind = shape.is_struct ? DOTCOMPUTE_TYPE_STRUCT : DOTCOMPUTE_TYPE_SCALAR;
    if (!shape.is_struct) type.scalar = static_cast<std::uint32_t>(shape.scalar);
    type.size = shape.size_bytes;
    type.alignment = shape.alignment;
    type.name = names_
                    .emplace_back(shape.is_struct ? fmt::format("a struct of {} bytes", shape.size_bytes)
                                                  : std::string(name(shape.scalar)))
                    .c_str();
    const std::uint64_t alignment = shape.is_span ? alignof(dotcompute_span) : shape.alignment;
    offset = rounded_up(offset, alignment);
    parameters_.push_back(
        {.name = parameter.name.c_str(),
         .kind = static_cast<std::uint32_t>(shape.is_span ? DOTCOMPUTE_PARAMETER_SPAN : DOTCOMPUTE_PARAMETER_VALUE),
         .written = shape.is_span && shape.is_written ? 1u : 0u,
         .type = &type,
         .offset = offset});
    offset += shape.is_span ? sizeof(dotcompute_span) : shape.size_bytes;
    largest_alignment = std::max(largest_alignment, alignment);
  }
  record_.parameter_count = static_cast<std::uint32_t>(parameters_.size());
  record_.parameters = parameters_.data();
  record_.block_size = rounded_up(offset, largest_alignment);
  record_.block_alignment = largest_alignment;
}

void DeclaredKernel::describe_texts() {
  for (const DeviceText& text : source_.texts) {
    const std::uint32_t fp64 = source_.needs_fp64 ? DOTCOMPUTE_FEATURE_FP64 : 0;
    texts_.push_back({.language = static_cast<std::uint32_t>(text.language),
                      .features = DOTCOMPUTE_FEATURE_RAW | fp64,
                      .text = text.text.c_str(),
                      .entry = text.entry.c_str(),
                      .refusal = nullptr});
  }
  record_.sources = texts_.data();
  record_.source_count = texts_.size();
}

}  // namespace dotcompute
