// Sources in OpenCL C on the devices of this machine: what users write, and what they get wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

#include "opencl_device_fixture.hpp"
#include "thrown.hpp"

namespace dotcompute::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OpenClSource : public OpenClDevice {};

INSTANTIATE_TEST_SUITE_P(Queues, OpenClSource, testing::Values(false));

TEST_P(OpenClSource, TakesExactlyTheDeclaredParameters) {
  RawSaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  // 13 has no divisor that is a size of groups: the driver must not round the grid up.
  const auto x = copy_of(*stream, std::vector<float>(13, 1));
  const auto y = copy_of(*stream, std::vector<float>(14, 1));
  const SaxpyKernel::Block block{10, {}, {}};
  const DeviceSpan spans[] = {{x.get(), 0, 13}, {y.get(), 0, 13}};
  stream->launch(*kernel, launch_of(block, spans, {{13, 1, 1}}));
  std::vector<float> expected(14, 11);
  expected[13] = 1;
  EXPECT_EQ(contents<float>(*stream, *y), expected);
}

TEST_P(OpenClSource, TakesPartsOfBuffersWhereTheDeviceCan) {
  RawSaxpyKernel saxpy_kernel;
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const auto x = copy_of(*stream, std::vector<float>(8, 1));
  const auto y = copy_of(*stream, std::vector<float>(2048, 1));
  const SaxpyKernel::Block block{10, {}, {}};
  // Base addresses of every device here are aligned to 128 bytes; 4096 is enough for any.
  const DeviceSpan spans[] = {{x.get(), 0, 8}, {y.get(), 4096, 8}};
  stream->launch(*kernel, launch_of(block, spans, {{8, 1, 1}}));
  const std::vector<float> results = contents<float>(*stream, *y);
  EXPECT_EQ(results[1023], 1);
  EXPECT_EQ(results[1024], 11);
  EXPECT_EQ(results[1031], 11);
  EXPECT_EQ(results[1032], 1);

  const DeviceSpan odd[] = {{x.get(), 4, 4}, {y.get(), 0, 4}};
  const auto error = thrown<ExecutionError>([&] { stream->launch(*kernel, launch_of(block, odd, {{4, 1, 1}})); });
  EXPECT_THAT(error.what(), HasSubstr("'x' of kernel 'user::saxpy' begins 4 bytes into its buffer"));
}

TEST_P(OpenClSource, BooleansAreBytes) {
  TextKernel<2> kernel(
      "user::flag", 1, {value_parameter("flag", bool_type, 0), span_parameter("out", uint32_type, 8, true)}, 24,
      opencl_text("__kernel void flag(uchar value, __global uint* out) { out[get_global_id(0)] = value; }", "flag",
                  DOTCOMPUTE_FEATURE_RAW));
  const auto loaded = load(kernel.definition());
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<std::uint32_t>{7, 7});
  struct {
    bool flag;
    dotcompute_span out;
  } const block{true, {}};
  const DeviceSpan spans[] = {{memory.get(), 0, 2}};
  stream->launch(*loaded, launch_of(block, spans, {{2, 1, 1}}));
  EXPECT_THAT(contents<std::uint32_t>(*stream, *memory), ElementsAre(1, 1));
}

TEST_P(OpenClSource, ASyntaxErrorComesWithTheVendorsLog) {
  RawSaxpyKernel saxpy_kernel;
  saxpy_kernel.source().text = "__kernel void user_saxpy(float a) {\n  undeclared_name = a;\n}\n";
  const auto error = thrown<CompilationError>([&] { static_cast<void>(device().build(saxpy_kernel.definition())); });
  EXPECT_THAT(error.what(), HasSubstr("the vendor's compiler of opencl:0"));
  EXPECT_THAT(error.what(), HasSubstr("rejected kernel 'user::saxpy' (texts.cpp:12): "));
  EXPECT_THAT(error.what(), HasSubstr("undeclared_name"));
  EXPECT_THAT(error.what(), HasSubstr("; correct the source"));
  EXPECT_THAT(error.context().cause, HasSubstr("undeclared_name"));
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
}

TEST_P(OpenClSource, AMissingEntryListsTheKernelsThereAre) {
  RawSaxpyKernel saxpy_kernel;
  saxpy_kernel.source().entry = "usersaxpy";
  const auto error = thrown<CompilationError>([&] { static_cast<void>(device().build(saxpy_kernel.definition())); });
  EXPECT_THAT(error.what(), HasSubstr("has no kernel function 'usersaxpy' for opencl:0"));
  EXPECT_THAT(error.what(), HasSubstr("'other'"));
  EXPECT_THAT(error.what(), HasSubstr("'user_saxpy'"));
}

TEST_P(OpenClSource, AnotherNumberOfParametersIsAnError) {
  RawSaxpyKernel saxpy_kernel;
  saxpy_kernel.source().entry = "other";
  const auto error = thrown<CompilationError>([&] { static_cast<void>(load(saxpy_kernel.definition())); });
  EXPECT_THAT(error.what(),
              HasSubstr("function 'other' in the OpenCL C source of kernel 'user::saxpy' takes 1 arguments"));
  EXPECT_THAT(error.what(), HasSubstr("and 3 parameters were declared; make the declaration and the source agree"));
}

TEST_P(OpenClSource, AnotherTypeOfAParameterIsAnError) {
  RawSaxpyKernel saxpy_kernel;
  saxpy_kernel.source().text =
      "__kernel void user_saxpy(double a, __global const float* x, __global float* y) { y[get_global_id(0)] = a; }\n";
  const auto kernel = load(saxpy_kernel.definition());
  const auto stream = device().create_stream();
  const SaxpyKernel::Block block{10, {}, {}};
  const DeviceSpan spans[2] = {};
  const auto error = thrown<ExecutionError>([&] { stream->launch(*kernel, launch_of(block, spans, {{4, 1, 1}})); });
  EXPECT_THAT(error.what(),
              HasSubstr("parameter 'a' of kernel 'user::saxpy' was declared as 'float' of 4 bytes, but the "
                        "OpenCL C source takes something else as argument 0"));
}

TEST_P(OpenClSource, AGroupThatTheSourceDemandsIsUsed) {
  TextKernel<1> kernel(
      "user::groups", 1, {span_parameter("out", uint32_type, 0, true)}, 16,
      opencl_text("__attribute__((reqd_work_group_size(4, 1, 1)))\n"
                  "__kernel void groups(__global uint* out) { out[get_global_id(0)] = get_local_size(0); }",
                  "groups", DOTCOMPUTE_FEATURE_RAW));
  const auto loaded = load(kernel.definition());
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<std::uint32_t>(8));
  const DeviceSpan spans[] = {{memory.get(), 0, 8}};
  stream->launch(*loaded, launch_of(spans, spans, {{8, 1, 1}}));
  EXPECT_THAT(contents<std::uint32_t>(*stream, *memory), testing::Each(4u));
  const auto error =
      thrown<ExecutionError>([&] { stream->launch(*loaded, launch_of(spans, spans, {{8, 1, 1}}, {{8, 1, 1}})); });
  EXPECT_THAT(error.what(), HasSubstr("the kernel's reqd_work_group_size is 4 x 1 x 1"));
  const auto uneven = thrown<ExecutionError>([&] { stream->launch(*loaded, launch_of(spans, spans, {{6, 1, 1}})); });
  EXPECT_THAT(uneven.what(),
              HasSubstr("over 6 work-items along dimension 0 in groups of 4, which does not divide them"));
}

// For a simulator that looks for races, which must find this one; elsewhere it says nothing.
TEST_P(OpenClSource, DISABLED_RacesWithItself) {
  TextKernel<1> kernel("user::race", 1, {span_parameter("out", uint32_type, 0, true)}, 16,
                       opencl_text("__kernel void race(__global uint* out) { out[0] = get_global_id(0); }", "race",
                                   DOTCOMPUTE_FEATURE_RAW));
  const auto loaded = load(kernel.definition());
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<std::uint32_t>(1));
  const DeviceSpan spans[] = {{memory.get(), 0, 1}};
  stream->wait(stream->launch(*loaded, launch_of(spans, spans, {{8, 1, 1}})));
}

// Some drivers notice in the compiler, others when the kernel is loaded or launched; all must say what is too much.
TEST_P(OpenClSource, LocalMemoryBeyondTheLimitIsAnError) {
  const std::uint64_t floats = device().info().limits.local_memory_bytes / 4 + 1024;
  const std::string text = fmt::format(
      "__kernel void much(__global float* out) {{\n"
      "  __local float kept[{}];\n"
      "  for (uint i = get_local_id(0); i < {}; i += get_local_size(0)) kept[i] = i;\n"
      "  barrier(CLK_LOCAL_MEM_FENCE);\n"
      "  out[get_global_id(0)] = kept[(uint)out[get_global_id(0)]];\n"
      "}}\n",
      floats, floats);
  TextKernel<1> kernel("user::much", 1, {span_parameter("out", float_type, 0, true)}, 16,
                       opencl_text(text.c_str(), "much", DOTCOMPUTE_FEATURE_RAW));
  const auto stream = device().create_stream();
  const auto memory = copy_of(*stream, std::vector<float>(8));
  const DeviceSpan spans[] = {{memory.get(), 0, 8}};
  try {
    const auto loaded = load(kernel.definition());
    stream->wait(stream->launch(*loaded, launch_of(spans, spans, {{8, 1, 1}})));
    FAIL() << "the device took " << floats * 4 << " bytes of local memory";
  } catch (const ComputeError& error) {
    EXPECT_THAT(error.what(), HasSubstr("user::much"));
    EXPECT_THAT(error.what(), HasSubstr("opencl:0"));
  }
}

}  // namespace

}  // namespace dotcompute::test
