#include "cuda_build.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dotcompute/base/error.hpp>

#include "cuda_module.hpp"

namespace dotcompute::cuda {

namespace {

bool is_raw(const dotcompute_source& source) { return (source.features & DOTCOMPUTE_FEATURE_RAW) != 0; }

ErrorContext context_of(const CudaDevice& device, const KernelDefinition& kernel, std::string cause) {
  return {.kernel = std::string(kernel.name()),
          .device = device.info().id,
          .source = fmt::format("{}:{}", kernel.source_file(), kernel.source_line()),
          .cause = std::move(cause)};
}

/// What NVRTC is asked for: machine code if it knows the device, else PTX that the driver compiles on; empty if the
/// device is older than all that it knows.
std::string target_of(const Nvrtc& nvrtc, int architecture) {
  int nearest = 0;
  for (const int each : nvrtc.architectures()) {
    if (each <= architecture) nearest = each;
  }
  if (nearest == 0) return {};
  return fmt::format("{}_{}", nearest == architecture ? "sm" : "compute", nearest);
}

/// Why the device cannot have CUDA C compiled; empty if it can.
std::optional<std::string> compiler_refusal(const CudaDevice& device, const KernelDefinition& kernel) {
  const RuntimeCompiler& compiler = device.compiler();
  if (compiler.nvrtc == nullptr) return fmt::format("'{}' cannot be compiled: {}", kernel.name(), compiler.reason);
  const int architecture = device.description().architecture;
  if (!target_of(*compiler.nvrtc, architecture).empty()) return std::nullopt;
  return fmt::format(
      "'{}' cannot be compiled: NVRTC {} makes code for sm_{} and later, and {} is sm_{}; install an "
      "older NVRTC and name it in DOTCOMPUTE_NVRTC_LIBRARY",
      kernel.name(), compiler.nvrtc->version(), compiler.nvrtc->architectures().front(), device.info().name,
      architecture);
}

const char* language_name(std::uint32_t language) {
  switch (language) {
    case DOTCOMPUTE_LANGUAGE_CUDA_C: return "CUDA C";
    case DOTCOMPUTE_LANGUAGE_OPENCL_C: return "OpenCL C";
    case DOTCOMPUTE_LANGUAGE_MSL: return "Metal's language";
    case DOTCOMPUTE_LANGUAGE_PTX: return "PTX";
    default: return "a language of a later version";
  }
}

std::vector<std::string> options_for(const dotcompute_source& source, Convention convention) {
  // What users wrote themselves is compiled as NVRTC does it, with contraction.
  if (is_raw(source)) return {"--std=c++17"};
  const std::string narrow = convention == Convention::narrow ? "-DDOTCOMPUTE_NARROW=1" : "-DDOTCOMPUTE_NARROW=0";
  if ((source.features & DOTCOMPUTE_FEATURE_FAST_MATH) != 0) return {"--std=c++17", "--use_fast_math", narrow};
  return {"--std=c++17", "--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false", narrow};
}

/// The first line of a log that says "error" or "Error".
std::string first_error(const std::string& log) {
  std::size_t begin = 0;
  while (begin < log.size()) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    const std::string line = log.substr(begin, end - begin);
    if (line.find("rror") != std::string::npos) return line;
    begin = end + 1;
  }
  return log.substr(0, log.find('\n'));
}

[[noreturn]] void throw_entry_missing(const CudaDevice& device, const KernelDefinition& kernel,
                                      const dotcompute_source& source, const std::vector<std::string>& entries) {
  const std::string there = entries.empty()
                                ? std::string("it has none; mark the function with __global__")
                                : fmt::format("it has '{}'; give one of these names", fmt::join(entries, "', '"));
  throw CompilationError(is_raw(source) ? Remedy::fix_input : Remedy::report_bug,
                         fmt::format("the {} of '{}' has no kernel '{}' for '{}': {}", language_name(source.language),
                                     kernel.name(), source.entry, device.info().id, there),
                         context_of(device, kernel, {}));
}

/// NVRTC finds what exceeds the device only when it is done with the language, and tells it like any error.
void throw_if_beyond_device(const CudaDevice& device, const KernelDefinition& kernel, const std::string& log) {
  const AcceleratorInfo& info = device.info();
  std::string message;
  if (log.find("too much shared data") != std::string::npos) {
    message = fmt::format(
        "'{}' needs more local memory than a group on '{}' ({}) can have, which is {} bytes: {}; make "
        "its shared arrays smaller, or use another device",
        kernel.name(), info.id, info.name, info.limits.local_memory_bytes, first_error(log));
  } else if (log.find("parameter space overflowed") != std::string::npos) {
    message = fmt::format(
        "the parameters of '{}' take more room than a launch on '{}' ({}) has for them: {}; pass large "
        "structs in a span, or use another device",
        kernel.name(), info.id, info.name, first_error(log));
  }
  if (!message.empty()) throw DeviceError(Remedy::fall_back, message, context_of(device, kernel, log));
}

[[noreturn]] void throw_rejected(const CudaDevice& device, const KernelDefinition& kernel,
                                 const dotcompute_source& source, const std::string& log) {
  throw_if_beyond_device(device, kernel, log);
  if (is_raw(source)) {
    throw CompilationError(
        Remedy::fix_input,
        fmt::format("NVIDIA's compiler rejects the {} of '{}' for '{}': {}", language_name(source.language),
                    kernel.name(), device.info().id, first_error(log)),
        context_of(device, kernel, log));
  }
  throw CompilationError(Remedy::report_bug,
                         fmt::format("NVIDIA's compiler rejects the {} that kernelc wrote for '{}' on '{}': {}; please "
                                     "report this with the whole log, and use another device",
                                     language_name(source.language), kernel.name(), device.info().id, first_error(log)),
                         context_of(device, kernel, log));
}

std::vector<std::byte> zero_terminated(std::string_view text) {
  std::vector<std::byte> bytes(text.size() + 1);
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// Has the driver compile PTX once, so that what is wrong with it is found now and not when it is loaded.
void check_ptx(CudaDevice& device, const KernelDefinition& kernel, const dotcompute_source& source, const Image& image,
               const std::vector<std::string>& entries) {
  try {
    const CudaModule module(device, kernel, image);
  } catch (const CudaModule::Rejected& rejected) {
    if (rejected.is_entry_missing) throw_entry_missing(device, kernel, source, entries);
    throw_rejected(device, kernel, source, rejected.log);
  }
}

/// A kernel of the users' own is named as C++ names it; NVRTC tells what the code calls it.
std::vector<std::byte> compile_cuda_c(CudaDevice& device, const KernelDefinition& kernel,
                                      const dotcompute_source& source, Convention convention) {
  const Nvrtc& nvrtc = *device.compiler().nvrtc;
  NvrtcRequest request{.text = source.text,
                       .file = kernel.source_file(),
                       .target = target_of(nvrtc, device.description().architecture),
                       .options = options_for(source, convention)};
  if (is_raw(source)) request.name_expression = source.entry;
  NvrtcOutcome outcome = nvrtc.compile(request);
  if (!outcome.is_compiled && is_raw(source)) {
    // Either the text is wrong or it has no such kernel.
    request.name_expression.clear();
    const NvrtcOutcome nameless = nvrtc.compile(request);
    if (nameless.is_compiled) throw_entry_missing(device, kernel, source, entries_of_ptx(nameless.ptx));
    outcome = nameless;
  }
  if (!outcome.is_compiled) throw_rejected(device, kernel, source, outcome.log);

  Image image;
  image.convention = convention;
  image.target = device.description().target();
  image.entry = is_raw(source) ? outcome.entry : source.entry;
  const std::vector<std::string> entries = entries_of_ptx(outcome.ptx);
  if (std::ranges::find(entries, image.entry) == entries.end()) {
    throw_entry_missing(device, kernel, source, entries);
  }
  if (!outcome.cubin.empty()) {
    image.kind = CodeKind::cubin;
    image.code = outcome.cubin;
    return encode(image);
  }
  const std::vector<std::byte> ptx = zero_terminated(outcome.ptx);
  image.kind = CodeKind::ptx;
  image.code = ptx;
  check_ptx(device, kernel, source, image, entries);
  return encode(image);
}

std::vector<std::byte> take_ptx(CudaDevice& device, const KernelDefinition& kernel, const dotcompute_source& source,
                                Convention convention) {
  const std::vector<std::byte> ptx = zero_terminated(source.text);
  const Image image{.convention = convention,
                    .kind = CodeKind::ptx,
                    .target = device.description().target(),
                    .entry = source.entry,
                    .code = ptx};
  check_ptx(device, kernel, source, image, entries_of_ptx(source.text));
  return encode(image);
}

}  // namespace

ChosenSource choose_source(const CudaDevice& device, const KernelDefinition& kernel) {
  const dotcompute_source* const cuda_c = kernel.source(DOTCOMPUTE_LANGUAGE_CUDA_C);
  const dotcompute_source* const ptx = kernel.source(DOTCOMPUTE_LANGUAGE_PTX);
  std::optional<std::string> refusal;
  if (cuda_c != nullptr && cuda_c->text != nullptr) {
    refusal = compiler_refusal(device, kernel);
    if (!refusal) return {cuda_c, {}};
  }
  if (ptx != nullptr && ptx->text != nullptr) return {ptx, {}};
  if (refusal) return {nullptr, *std::move(refusal)};

  const dotcompute_source* const without_text = cuda_c != nullptr ? cuda_c : ptx;
  if (without_text != nullptr && without_text->refusal != nullptr) {
    return {nullptr, fmt::format("'{}' cannot be written in {}: {}", kernel.name(),
                                 language_name(without_text->language), without_text->refusal)};
  }
  if (kernel.sources().empty()) {
    return {nullptr, fmt::format("'{}' ({}) has no CUDA C; compile its file with kernelc again", kernel.name(),
                                 kernel.source_file())};
  }
  std::vector<std::string> languages;
  for (const dotcompute_source& each : kernel.sources()) languages.emplace_back(language_name(each.language));
  return {nullptr, fmt::format("'{}' ({}) has no CUDA C and no PTX, only {}; add one of them", kernel.name(),
                               kernel.source_file(), fmt::join(languages, ", "))};
}

Convention first_convention(const dotcompute_source& source) {
  if (is_raw(source)) return Convention::raw;
  return source.language == DOTCOMPUTE_LANGUAGE_PTX ? Convention::wide : Convention::narrow;
}

std::vector<std::byte> build_image(CudaDevice& device, const KernelDefinition& kernel, const dotcompute_source& source,
                                   Convention convention) {
  return source.language == DOTCOMPUTE_LANGUAGE_PTX ? take_ptx(device, kernel, source, convention)
                                                    : compile_cuda_c(device, kernel, source, convention);
}

}  // namespace dotcompute::cuda
