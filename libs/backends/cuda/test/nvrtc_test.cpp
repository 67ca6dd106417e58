// NVRTC itself, where there is one: what it says of texts cannot be learned from a double.
#include <dotcompute/cuda/nvrtc.hpp>

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cuda_fixture.hpp"
#include "image.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class NvrtcTest : public testing::Test {
 protected:
  void SetUp() override {
    NvrtcLoad load = Nvrtc::open();
    if (load.nvrtc == nullptr) GTEST_SKIP() << load.reason;
    nvrtc = std::move(load.nvrtc);
  }

  [[nodiscard]] std::string target(const char* kind) const {
    return std::string(kind) + "_" + std::to_string(nvrtc->architectures().back());
  }

  std::unique_ptr<Nvrtc> nvrtc;
};

TEST_F(NvrtcTest, TellsWhatItIs) {
  EXPECT_THAT(nvrtc->version(), testing::MatchesRegex("[0-9]+\\.[0-9]+"));
  EXPECT_THAT(nvrtc->path(), HasSubstr("nvrtc"));
  EXPECT_THAT(nvrtc->architectures(), Not(IsEmpty()));
}

TEST_F(NvrtcTest, CompilesForEveryArchitecture) {
  for (const int architecture : nvrtc->architectures()) {
    for (const char* const narrow : {"-DDOTCOMPUTE_NARROW=1", "-DDOTCOMPUTE_NARROW=0"}) {
      const NvrtcOutcome outcome = nvrtc->compile({.text = scale_text,
                                                   .file = "scale.cpp",
                                                   .target = "sm_" + std::to_string(architecture),
                                                   .options = {"--fmad=false", narrow}});
      ASSERT_TRUE(outcome.is_compiled) << outcome.log;
      ASSERT_GT(outcome.cubin.size(), 4u);
      EXPECT_EQ(outcome.cubin[0], std::byte{0x7f}) << "an ELF file";
      EXPECT_THAT(entries_of_ptx(outcome.ptx), ElementsAre("scale"));
    }
  }
}

TEST_F(NvrtcTest, AVirtualArchitectureGivesPtxOnly) {
  const NvrtcOutcome outcome = nvrtc->compile({.text = scale_text, .file = "s.cpp", .target = target("compute")});
  ASSERT_TRUE(outcome.is_compiled) << outcome.log;
  EXPECT_THAT(outcome.cubin, IsEmpty());
  EXPECT_THAT(entries_of_ptx(outcome.ptx), ElementsAre("scale"));
}

TEST_F(NvrtcTest, ErrorsAreInTheLogWithFileAndLine) {
  const NvrtcOutcome outcome =
      nvrtc->compile({.text = "#line 40 \"user.cpp\"\n__global__ void f(float* p) { *p = nothing; }",
                      .file = "s.cpp",
                      .target = target("sm")});
  EXPECT_FALSE(outcome.is_compiled);
  EXPECT_THAT(outcome.log, HasSubstr("user.cpp(40): error: identifier \"nothing\" is undefined"));
  EXPECT_THAT(outcome.log, HasSubstr("NVRTC_ERROR_COMPILATION"));
  EXPECT_THAT(outcome.cubin, IsEmpty());
}

TEST_F(NvrtcTest, AnOptionThatItDoesNotKnowIsInTheLog) {
  const NvrtcOutcome outcome =
      nvrtc->compile({.text = scale_text, .file = "s.cpp", .target = target("sm"), .options = {"--no-such-option"}});
  EXPECT_FALSE(outcome.is_compiled);
  EXPECT_THAT(outcome.log, HasSubstr("NVRTC_ERROR_INVALID_OPTION"));
}

TEST_F(NvrtcTest, ContractionIsOffWhenAsked) {
  const char* const text = "extern \"C\" __global__ void f(float* p) { p[0] = p[1] * p[2] + p[3]; }";
  const NvrtcOutcome strict =
      nvrtc->compile({.text = text, .file = "s.cpp", .target = target("compute"), .options = {"--fmad=false"}});
  const NvrtcOutcome loose = nvrtc->compile({.text = text, .file = "s.cpp", .target = target("compute")});
  EXPECT_THAT(strict.ptx, Not(HasSubstr("fma.rn.f32")));
  EXPECT_THAT(loose.ptx, HasSubstr("fma.rn.f32"));
}

TEST(EntriesOfPtxTest, FindsTheNamesOfKernelsOnly) {
  EXPECT_THAT(entries_of_ptx(""), IsEmpty());
  EXPECT_THAT(entries_of_ptx(".entry"), IsEmpty());
  EXPECT_THAT(entries_of_ptx(".func f()\n{ }\n"), IsEmpty());
  EXPECT_THAT(entries_of_ptx(".visible .entry f(\n.param .u64 a)\n.entry g{}\n.weak .entry\n  h ()"),
              ElementsAre("f", "g", "h"));
  EXPECT_THAT(entries_of_ptx(".entrypoint x .entry f("), ElementsAre("f"));
}

/// A device of the double's and kernels that NVRTC compiles.
class CudaWithNvrtcTest : public CudaTest {
 protected:
  void SetUp() override {
    const NvrtcLoad load = Nvrtc::open();
    if (load.nvrtc == nullptr) GTEST_SKIP() << load.reason;
    chosen_.nvrtc_paths = {load.nvrtc->path()};
    const std::string version = load.nvrtc->version();
    driver.version = std::stoi(version) * 1000;
    const int architecture = load.nvrtc->architectures().back();
    driver.devices[0].attributes[DeviceAttribute::compute_capability_major] = architecture / 10;
    driver.devices[0].attributes[DeviceAttribute::compute_capability_minor] = architecture % 10;
  }
  CudaOptions chosen_ = options();
};

TEST_F(CudaWithNvrtcTest, BuildsMachineCodeThatIsLoaded) {
  EXPECT_NE(load(open(chosen_)), nullptr);
  EXPECT_THAT(driver.loaded_images, ElementsAre("ELF"));
}

TEST_F(CudaWithNvrtcTest, SharedArraysBeyondTheLimitAreSeenByTheCompiler) {
  kernel.sources[0].text =
      "extern \"C\" __global__ void scale(float* p) { __shared__ float s[1000000]; s[threadIdx.x] = p[1]; "
      "__syncthreads(); p[threadIdx.x] = s[threadIdx.x ^ 1]; }";
  const auto error = error_of<DeviceError>([&] { (void)open(chosen_).build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("needs more local memory than a group on 'cuda:0'"));
  EXPECT_THAT(error->what(), HasSubstr("0x3d0900 bytes"));
}

TEST_F(CudaWithNvrtcTest, ParametersBeyondTheLimitAreSeenByTheCompiler) {
  kernel.sources[0].text =
      "struct Large { char a[40000]; }; extern \"C\" __global__ void scale(char* p, Large s) { p[0] = s.a[p[1]]; }";
  const auto error = error_of<DeviceError>([&] { (void)open(chosen_).build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("the parameters of 'demo::scale' take more room"));
  EXPECT_THAT(error->what(), HasSubstr("40008 bytes required"));
}

TEST_F(CudaWithNvrtcTest, RawKernelsAreFoundByTheirCxxNames) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  kernel.sources[0].text = "namespace n { template <class T> __global__ void twice(T* p) { p[threadIdx.x] *= 2; } }";
  kernel.sources[0].entry = "n::twice<float>";
  const std::vector<std::byte> bytes = open(chosen_).build(kernel.definition());
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_THAT(image->entry, HasSubstr("twice"));
  EXPECT_NE(image->entry, "n::twice<float>");
}

TEST_F(CudaWithNvrtcTest, ARawEntryThatIsNotThereIsNamedWithThoseThatAre) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  kernel.sources[0].text = "extern \"C\" __global__ void here(float* p) { *p = 1; } __device__ void gone(float* p) {}";
  for (const char* const entry : {"gone", "never"}) {
    kernel.sources[0].entry = entry;
    const auto error = error_of<CompilationError>([&] { (void)open(chosen_).build(kernel.definition()); });
    ASSERT_TRUE(error.has_value());
    EXPECT_THAT(error->what(), HasSubstr(std::string("has no kernel '") + entry + "' for 'cuda:0': it has 'here'"));
  }
}

TEST_F(CudaWithNvrtcTest, ARawTextThatIsWrongCarriesTheLog) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  kernel.sources[0].text = "extern \"C\" __global__ void scale(float* p) { *p = nothing; }";
  const auto error = error_of<CompilationError>([&] { (void)open(chosen_).build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("scale.cpp(1): error: identifier \"nothing\" is undefined"));
  EXPECT_THAT(error->context().cause, HasSubstr("NVRTC_ERROR_COMPILATION"));
}

}  // namespace
}  // namespace dotcompute::cuda::test
