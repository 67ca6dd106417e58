// NVRTC compiles the CUDA C of every kernel, for each architecture and both widths of index; it needs no GPU.

#include <algorithm>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/cuda/nvrtc.hpp>

#include "kernel_texts.hpp"

namespace gpu_sources {

namespace {

using dotcompute::cuda::Nvrtc;
using dotcompute::cuda::NvrtcLoad;
using dotcompute::cuda::NvrtcOutcome;

const NvrtcLoad& nvrtc() {
  static const NvrtcLoad load = Nvrtc::open();
  return load;
}

struct Variant {
  int architecture;
  bool is_narrow;
  bool contracts = false;
};

NvrtcOutcome compile(const KernelText& kernel, const Variant& variant) {
  return nvrtc().nvrtc->compile({.text = kernel.text,
                                 .file = "kernel.cu",
                                 .target = "sm_" + std::to_string(variant.architecture),
                                 // As the backend gives them.
                                 .options = {"--std=c++17", "--prec-div=true", "--prec-sqrt=true", "--ftz=false",
                                             variant.contracts ? "--fmad=true" : "--fmad=false",
                                             variant.is_narrow ? "-DDOTCOMPUTE_NARROW=1" : "-DDOTCOMPUTE_NARROW=0"}});
}

bool contracts(const std::string& ptx) {
  return ptx.find("fma.rn.f32") != std::string::npos || ptx.find("fma.rn.f64") != std::string::npos;
}

/// Empty, or what is wrong.
std::string check(const KernelText& kernel, const Variant& variant) {
  const NvrtcOutcome outcome = compile(kernel, variant);
  if (!outcome.is_compiled) return outcome.log + "\n" + std::string(kernel.text);
  if (!outcome.log.empty()) return "warnings: " + outcome.log + "\n" + std::string(kernel.text);
  if (outcome.cubin.empty()) return "no machine code";
  const std::vector<std::string> entries = dotcompute::cuda::entries_of_ptx(outcome.ptx);
  if (entries != std::vector<std::string>{std::string(kernel.entry)}) {
    return "the entries are not '" + std::string(kernel.entry) + "' alone";
  }
  if (calls_no_math(kernel.kernel) && contracts(outcome.ptx)) return "a product and a sum became one operation";
  return "";
}

class CudaText : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (nvrtc().nvrtc == nullptr) GTEST_SKIP() << nvrtc().reason;
    const auto architectures = nvrtc().nvrtc->architectures();
    if (std::find(architectures.begin(), architectures.end(), GetParam().architecture) == architectures.end()) {
      GTEST_SKIP() << "NVRTC " << nvrtc().nvrtc->version() << " does not compile for sm_" << GetParam().architecture;
    }
  }
};

TEST_P(CudaText, EveryKernelIsCompiled) {
  const std::vector<KernelText> all = texts(DOTCOMPUTE_LANGUAGE_CUDA_C);
  EXPECT_GT(all.size(), 300u);
  EXPECT_EQ(for_each_text(all, [](const KernelText& kernel) { return check(kernel, GetParam()); }), "");
}

INSTANTIATE_TEST_SUITE_P(Variants, CudaText,
                         testing::Values(Variant{75, true}, Variant{75, false}, Variant{80, true}, Variant{80, false},
                                         Variant{90, true}, Variant{90, false}),
                         [](const auto& info) {
                           return "Sm" + std::to_string(info.param.architecture) +
                                  (info.param.is_narrow ? "Narrow" : "Wide");
                         });

// The look for fused operations finds them where they are allowed.
TEST(CudaContraction, IsSeenWhereItIsAllowed) {
  if (nvrtc().nvrtc == nullptr) GTEST_SKIP() << nvrtc().reason;
  const std::vector<KernelText> all = texts(DOTCOMPUTE_LANGUAGE_CUDA_C);
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const KernelText& kernel) {
    return calls_no_math(kernel.kernel) && contracts(compile(kernel, {80, true, true}).ptx);
  }));
}

}  // namespace

}  // namespace gpu_sources
