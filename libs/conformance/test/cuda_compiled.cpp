// Prints which kernels of the suite NVRTC compiles, for the table of scripts/conformance: a line with the version, then
// one line for each kernel and architecture: kernel, architecture, verdict, detail; separated by tabs. Needs no GPU.
// Exits with 1 and the reason if there is no NVRTC.

#include <algorithm>
#include <cstdio>
#include <string>

#include <dotcompute/conformance/suite.hpp>
#include <dotcompute/cuda/nvrtc.hpp>

namespace {

using namespace dotcompute;

std::string on_one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

void print(const KernelDefinition& kernel, int architecture, const char* verdict, const std::string& detail) {
  std::printf("%s\tsm_%d\t%s\t%s\n", std::string(kernel.name()).c_str(), architecture, verdict,
              on_one_line(detail).c_str());
}

void compile(const cuda::Nvrtc& nvrtc, const KernelDefinition& kernel, int architecture) {
  const dotcompute_source* const source = kernel.source(DOTCOMPUTE_LANGUAGE_CUDA_C);
  if (source == nullptr) return print(kernel, architecture, "refused", "its record has no CUDA C");
  if (source->text == nullptr) return print(kernel, architecture, "refused", source->refusal);
  const cuda::NvrtcOutcome outcome =
      nvrtc.compile({.text = source->text,
                     .file = "kernel.cu",
                     .target = "sm_" + std::to_string(architecture),
                     .options = {"--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false", "--std=c++17",
                                 "-DDOTCOMPUTE_NARROW=1"}});
  print(kernel, architecture, outcome.is_compiled ? "compiled" : "failed", outcome.is_compiled ? "" : outcome.log);
}

}  // namespace

int main() {
  const cuda::NvrtcLoad load = cuda::Nvrtc::open();
  if (load.nvrtc == nullptr) {
    std::fprintf(stderr, "%s\n", load.reason.c_str());
    return 1;
  }
  std::printf("NVRTC %s\n", load.nvrtc->version().c_str());
  const auto architectures = load.nvrtc->architectures();
  for (const int architecture : {75, 80, 90}) {
    if (std::find(architectures.begin(), architectures.end(), architecture) == architectures.end()) continue;
    for (const KernelDefinition& kernel : conformance::suite_kernels()) compile(*load.nvrtc, kernel, architecture);
  }
  return 0;
}
