#include "cuda_fixture.hpp"

#include "image.hpp"

namespace dotcompute::cuda::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

using CudaBuildTest = CudaTest;

std::string text_of(std::span<const std::byte> bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

constexpr const char* small_ptx = ".version 8.0\n.target sm_90\n.address_size 64\n.visible .entry scale()\n{ ret; }\n";

TEST_F(CudaBuildTest, CompilesForTheDeviceStrictlyAndNarrow) {
  const std::vector<std::byte> bytes = open().build(kernel.definition());
  ASSERT_THAT(nvrtc.requests, SizeIs(1));
  EXPECT_EQ(nvrtc.requests[0].text, scale_text);
  EXPECT_EQ(nvrtc.requests[0].file, "scale.cpp");
  EXPECT_THAT(nvrtc.requests[0].options,
              ElementsAre("--gpu-architecture=sm_90", "--std=c++17", "--fmad=false", "--prec-div=true",
                          "--prec-sqrt=true", "--ftz=false", "-DDOTCOMPUTE_NARROW=1"));
  EXPECT_THAT(nvrtc.requests[0].name_expression, IsEmpty());
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->convention, Convention::narrow);
  EXPECT_EQ(image->kind, CodeKind::cubin);
  EXPECT_EQ(image->target, "sm_90");
  EXPECT_EQ(image->entry, "scale");
  EXPECT_EQ(text_of(image->code), "cubin of sm_90");
}

TEST_F(CudaBuildTest, NeedsNoContextForMachineCode) {
  DeviceAccelerator& accelerator = open();
  const std::vector<std::byte> image = accelerator.build(kernel.definition());
  EXPECT_EQ(driver.retained, 0);
}

TEST_F(CudaBuildTest, ADeviceThatNvrtcDoesNotKnowGetsPtxOfTheNearest) {
  nvrtc.architectures = {75, 80};
  const std::vector<std::byte> bytes = open().build(kernel.definition());
  EXPECT_THAT(nvrtc.requests[0].options, Contains("--gpu-architecture=compute_80"));
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->kind, CodeKind::ptx);
  EXPECT_THAT(text_of(image->code), HasSubstr(".entry scale"));
  EXPECT_THAT(driver.loaded_images, SizeIs(1)) << "PTX is tried when it is built";
}

TEST_F(CudaBuildTest, AnNvrtcThatMakesNoMachineCodeGivesPtx) {
  nvrtc.makes_cubin = false;
  const std::vector<std::byte> bytes = open().build(kernel.definition());
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->kind, CodeKind::ptx);
}

TEST_F(CudaBuildTest, ARejectedTextOfOursIsABug) {
  nvrtc.error_log = "scale.cpp(3): warning: unused\nscale.cpp(7): error: identifier \"q\" is undefined\n1 error";
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "NVIDIA's compiler rejects the CUDA C that kernelc wrote for 'demo::scale' on 'cuda:0': "
               "scale.cpp(7): error: identifier \"q\" is undefined; please report this with the whole log, and use "
               "another device");
  EXPECT_EQ(error->remedy(), Remedy::report_bug);
  EXPECT_EQ(error->context().kernel, "demo::scale");
  EXPECT_EQ(error->context().device, "cuda:0");
  EXPECT_EQ(error->context().source, "scale.cpp:12");
  EXPECT_EQ(error->context().cause, nvrtc.error_log + "\nnvrtcCompileProgram: NVRTC_ERROR_COMPILATION");
}

TEST_F(CudaBuildTest, ARejectedTextOfTheUsersIsTheirs) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  nvrtc.error_log = "scale.cpp(7): error: identifier \"q\" is undefined";
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "NVIDIA's compiler rejects the CUDA C of 'demo::scale' for 'cuda:0': scale.cpp(7): error: identifier "
               "\"q\" is undefined");
  EXPECT_EQ(error->remedy(), Remedy::fix_input);
}

TEST_F(CudaBuildTest, TooMuchLocalMemoryNamesTheLimit) {
  nvrtc.error_log = "ptxas error   : Entry function 'scale' uses too much shared data (0x61a80 bytes, 0xc000 max)";
  const auto error = error_of<DeviceError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), AllOf(StartsWith("'demo::scale' needs more local memory than a group on 'cuda:0' (Double "
                                              "90) can have, which is 49152 bytes: "),
                                   HasSubstr("0x61a80 bytes"), HasSubstr("make its shared arrays smaller")));
  EXPECT_EQ(error->remedy(), Remedy::fall_back);
}

TEST_F(CudaBuildTest, ParametersBeyondTheLimitAreNamed) {
  nvrtc.error_log =
      "scale.cpp(1): Error: Formal parameter space overflowed (40008 bytes required, max 32764 bytes allowed) in "
      "function scale";
  const auto error = error_of<DeviceError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(),
              AllOf(StartsWith("the parameters of 'demo::scale' take more room than a launch on 'cuda:0' "
                               "(Double 90) has for them: "),
                    HasSubstr("40008 bytes required, max 32764"), HasSubstr("pass large structs in a span")));
  EXPECT_EQ(error->remedy(), Remedy::fall_back);
}

TEST_F(CudaBuildTest, AnEntryThatTheTextOfOursLacksIsABug) {
  nvrtc.entries = {"other"};
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "the CUDA C of 'demo::scale' has no kernel 'scale' for 'cuda:0': it has 'other'; give one of these names");
  EXPECT_EQ(error->remedy(), Remedy::report_bug);
}

TEST_F(CudaBuildTest, AnEntryThatTheUsersTextLacksIsNamed) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  kernel.sources[0].entry = "missing";
  nvrtc.has_names = false;
  nvrtc.entries = {"first", "second"};
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "the CUDA C of 'demo::scale' has no kernel 'missing' for 'cuda:0': it has 'first', 'second'; give one of "
      "these names");
  EXPECT_EQ(error->remedy(), Remedy::fix_input);
}

TEST_F(CudaBuildTest, ATextWithoutKernelsSaysHowToMarkThem) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  nvrtc.has_names = false;
  nvrtc.entries = {};
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("it has none; mark the function with __global__"));
}

TEST_F(CudaBuildTest, AUsersTextIsCompiledAsItIsAndItsEntryFoundByItsCxxName) {
  kernel.sources[0].features = DOTCOMPUTE_FEATURE_RAW;
  kernel.sources[0].entry = "ns::scale<float>";
  nvrtc.entries = {"_Z5scale"};
  const std::vector<std::byte> bytes = open().build(kernel.definition());
  EXPECT_EQ(nvrtc.requests[0].name_expression, "ns::scale<float>");
  EXPECT_THAT(nvrtc.requests[0].options, ElementsAre("--gpu-architecture=sm_90", "--std=c++17"));
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->convention, Convention::raw);
  EXPECT_EQ(image->entry, "_Z5scale");
}

TEST_F(CudaBuildTest, PtxNeedsNoNvrtc) {
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_PTX, DOTCOMPUTE_FEATURE_RAW, small_ptx, "scale", nullptr};
  CudaOptions chosen = options();
  chosen.nvrtc_paths = {"/nowhere/libnvrtc.so"};
  DeviceAccelerator& accelerator = open(chosen);
  EXPECT_EQ(accelerator.refusal(kernel.definition()), std::nullopt);
  const std::vector<std::byte> bytes = accelerator.build(kernel.definition());
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->kind, CodeKind::ptx);
  EXPECT_EQ(image->convention, Convention::raw);
  EXPECT_EQ(text_of(image->code), small_ptx);
  EXPECT_NE(accelerator.load(kernel.definition(), bytes), nullptr);
  EXPECT_THAT(driver.loaded_images, ElementsAre(small_ptx, small_ptx));
}

TEST_F(CudaBuildTest, PtxThatTheDriverRejectsCarriesItsLog) {
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_PTX, DOTCOMPUTE_FEATURE_RAW, small_ptx, "scale", nullptr};
  driver.failures["cuModuleLoadDataEx"] = Result::invalid_ptx;
  driver.jit_log = "ptxas application ptx input, line 4; fatal error: syntax error\n";
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "NVIDIA's compiler rejects the PTX of 'demo::scale' for 'cuda:0': ptxas application ptx input, line 4; "
               "fatal error: syntax error");
  EXPECT_EQ(error->context().cause,
            "ptxas application ptx input, line 4; fatal error: syntax error\ncuModuleLoadDataEx: "
            "CUDA_ERROR_INVALID_PTX (a text of the double's)");
}

TEST_F(CudaBuildTest, PtxWithoutTheEntryIsRejected) {
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_PTX, DOTCOMPUTE_FEATURE_RAW, small_ptx, "absent", nullptr};
  const auto error = error_of<CompilationError>([&] { (void)open().build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("the PTX of 'demo::scale' has no kernel 'absent' for 'cuda:0': it has 'scale'"));
}

TEST_F(CudaBuildTest, CudaCIsPreferredToPtx) {
  kernel.record.source_count = 2;
  kernel.sources[1] = {DOTCOMPUTE_LANGUAGE_PTX, DOTCOMPUTE_FEATURE_RAW, small_ptx, "scale", nullptr};
  const std::vector<std::byte> bytes = open().build(kernel.definition());
  const std::optional<Image> image = decode(bytes);
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->kind, CodeKind::cubin);
}

TEST_F(CudaBuildTest, RefusalsSayWhy) {
  DeviceAccelerator& accelerator = open();
  kernel.record.source_count = 0;
  EXPECT_EQ(accelerator.refusal(kernel.definition()),
            "'demo::scale' (scale.cpp) has no CUDA C; compile its file with kernelc again");
  kernel.record.source_count = 1;
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_OPENCL_C, DOTCOMPUTE_FEATURE_RAW, "text", "scale", nullptr};
  EXPECT_EQ(accelerator.refusal(kernel.definition()),
            "'demo::scale' (scale.cpp) has no CUDA C and no PTX, only OpenCL C; add one of them");
  kernel.sources[0] = {DOTCOMPUTE_LANGUAGE_CUDA_C, 0, nullptr, nullptr, "line 14 calls a function by its address"};
  EXPECT_EQ(accelerator.refusal(kernel.definition()),
            "'demo::scale' cannot be written in CUDA C: line 14 calls a function by its address");
  const auto error = error_of<DeviceError>([&] { (void)accelerator.build(kernel.definition()); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("line 14 calls a function by its address"));
  EXPECT_EQ(error->remedy(), Remedy::fall_back);
  EXPECT_EQ(error->context().kernel, "demo::scale");
}

TEST_F(CudaBuildTest, AnImageOfAnotherDeviceIsRefused) {
  driver.devices.resize(2);
  driver.devices[1].attributes[DeviceAttribute::compute_capability_major] = 8;
  DeviceAccelerator& accelerator = open();
  const std::vector<std::byte> image = dynamic_cast<DeviceAccelerator&>(*accelerators.at(1)).build(kernel.definition());
  const auto error = error_of<DeviceError>([&] { (void)accelerator.load(kernel.definition(), image); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "the image of 'demo::scale' cannot be loaded on 'cuda:0': it was made for sm_80, and Double 90 is sm_90; "
      "build it again");
}

TEST_F(CudaBuildTest, ADamagedImageIsRefused) {
  DeviceAccelerator& accelerator = open();
  std::vector<std::byte> image = accelerator.build(kernel.definition());
  image.back() ^= std::byte{1};
  const auto error = error_of<DeviceError>([&] { (void)accelerator.load(kernel.definition(), image); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(
      error->what(),
      "the image of 'demo::scale' cannot be loaded on 'cuda:0': it is damaged, or was not made by this version; "
      "build it again");
  EXPECT_EQ(error->remedy(), Remedy::fall_back);
  EXPECT_THAT(driver.loaded_images, IsEmpty());
}

TEST_F(CudaBuildTest, AnImageThatTheDriverDoesNotTakeIsRefused) {
  DeviceAccelerator& accelerator = open();
  const std::vector<std::byte> image = accelerator.build(kernel.definition());
  driver.failures["cuModuleLoadDataEx"] = Result::invalid_image;
  const auto error = error_of<DeviceError>([&] { (void)accelerator.load(kernel.definition(), image); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "the image of 'demo::scale' cannot be loaded on 'cuda:0': the driver, of CUDA 13.0, does not take it "
               "(cuModuleLoadDataEx: error 200 of CUDA); build it again");
  EXPECT_EQ(accelerator.loss(), std::nullopt);
}

TEST_F(CudaBuildTest, AnImageWithoutTheEntryIsRefused) {
  DeviceAccelerator& accelerator = open();
  const std::vector<std::byte> image = accelerator.build(kernel.definition());
  driver.functions.clear();
  const auto error = error_of<DeviceError>([&] { (void)accelerator.load(kernel.definition(), image); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(), HasSubstr("it has no kernel 'scale'"));
  EXPECT_EQ(driver.modules, 0) << "what was loaded is unloaded";
}

TEST_F(CudaBuildTest, LocalMemoryBeyondTheLimitIsRefused) {
  DeviceAccelerator& accelerator = open();
  driver.functions["scale"].shared_size_bytes = 65536;
  const auto error = error_of<DeviceError>([&] { (void)load(accelerator); });
  ASSERT_TRUE(error.has_value());
  EXPECT_STREQ(error->what(),
               "'demo::scale' needs 65536 bytes of local memory, and a group on 'cuda:0' (Double 90) can have 49152; "
               "make its shared arrays smaller, or use another device");
  EXPECT_EQ(driver.modules, 0);
}

TEST_F(CudaBuildTest, AKernelGivesItsModuleBack) {
  DeviceAccelerator& accelerator = open();
  {
    const std::unique_ptr<DeviceKernel> loaded = load(accelerator);
    EXPECT_EQ(driver.modules, 1);
  }
  EXPECT_EQ(driver.modules, 0);
}

}  // namespace
}  // namespace dotcompute::cuda::test
