// Several compilers in one program: PoCL with its LLVM inside the process, oclgrind with another, and kernelc in a
// process of its own.

#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <dotcompute/dotcompute.hpp>

namespace {

using namespace dotcompute;

/// The kernel `many::scale_N`, which multiplies by N.
KernelSource scale_by(int factor) {
  const std::string number = std::to_string(factor);
  return {.name = "scale_" + number + ".cpp",
          .text =
              "#include <dotcompute/kernel.hpp>\n"
              "namespace many {\n"
              "DOTCOMPUTE_KERNEL void scale_" +
              number +
              "(std::span<const float> in, std::span<float> out) {\n"
              "  const std::size_t i = dotcompute::global_id();\n"
              "  if (i < out.size()) out[i] = in[i] * " +
              number +
              ".0f;\n"
              "}\n"
              "}\n"};
}

void expect_scaled(Runtime& runtime, const std::string& device, int factor) {
  const std::vector<float> in{1, 2, 3, 0.5f};
  const auto result =
      runtime.on(device).run<std::vector<float>>("many::scale_" + std::to_string(factor), arg("in", in));
  const auto number = static_cast<float>(factor);
  EXPECT_EQ(result.value, (std::vector<float>{number, 2 * number, 3 * number, 0.5f * number}));
  EXPECT_EQ(result.report.accelerator, device);
}

/// Why there is no such device; empty if there is.
std::string missing(const Runtime& runtime, const std::string& device) {
  std::string reason = "there is no device " + device;
  for (const AcceleratorStatus& status : runtime.accelerators()) {
    if (status.info.id == device && status.available) return "";
    if (!status.available) reason += "; " + status.info.id + ": " + status.reason;
  }
  return reason;
}

TEST(Compilers, PoclAndKernelcCompileAtTheSameTime) {
  Runtime runtime = Runtime::create();
  if (const std::string reason = missing(runtime, "opencl:0"); !reason.empty()) GTEST_SKIP() << reason;
  constexpr int count = 6;
  for (int k = 0; k < count; ++k) runtime.add_source(scale_by(100 + k));
  // One thread has PoCL build kernels that are there; the other has kernelc make new ones.
  std::exception_ptr problems[2];
  const auto guarded = [&](std::exception_ptr& problem, auto&& work) {
    try {
      for (int k = 0; k < count; ++k) work(k);
    } catch (...) {
      problem = std::current_exception();
    }
  };
  {
    const std::jthread pocl([&] { guarded(problems[0], [&](int k) { expect_scaled(runtime, "opencl:0", 100 + k); }); });
    const std::jthread kernelc([&] { guarded(problems[1], [&](int k) { runtime.add_source(scale_by(200 + k)); }); });
  }
  for (const std::exception_ptr& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
  for (int k = 0; k < count; ++k) {
    expect_scaled(runtime, "cpu", 200 + k);
    expect_scaled(runtime, "opencl:0", 200 + k);
  }
}

TEST(Compilers, PoclThenKernelcThenOclgrindInOneProcess) {
  const char* const oclgrind = std::getenv("OCLGRIND_LIBRARY");
  if (oclgrind == nullptr || *oclgrind == '\0') GTEST_SKIP() << "oclgrind is not installed";
  {
    Runtime runtime = Runtime::create();
    if (const std::string reason = missing(runtime, "opencl:0"); !reason.empty()) GTEST_SKIP() << reason;
    runtime.add_source(scale_by(3));
    expect_scaled(runtime, "opencl:0", 3);
    runtime.add_source(scale_by(4));
    expect_scaled(runtime, "cpu", 4);
    expect_scaled(runtime, "opencl:0", 4);
  }
  RuntimeOptions options;
  options.opencl.loader_paths = {oclgrind};
  Runtime runtime = Runtime::create(options);
  ASSERT_EQ(missing(runtime, "opencl:0"), "");
  EXPECT_NE(runtime.accelerator("opencl:0").info().name.find("Oclgrind"), std::string::npos);
  runtime.add_source(scale_by(5));
  expect_scaled(runtime, "opencl:0", 5);
  expect_scaled(runtime, "cpu", 5);
}

}  // namespace
