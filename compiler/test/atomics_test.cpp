#include "driver/compile.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::HasSubstr;
using testing::Not;

/// What becomes of a kernel with this body, over spans of some types and their item `i`.
CompileResult compiled(const std::string& body, Emit emit) {
  CompileOptions options;
  options.file = "atomics.cpp";
  options.text =
      "#include <dotcompute/kernel.hpp>\n#include <utility>\nusing namespace dotcompute;\n"
      "DOTCOMPUTE_KERNEL void k(std::span<unsigned> u, std::span<long> n, std::span<float> f, std::span<double> d) {\n"
      "  const std::size_t i = global_id();\n  " +
      body + "\n}\n";
  options.emit = emit;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  return compile(options);
}

std::string artefact(const std::string& body, Emit emit) {
  const CompileResult result = compiled(body, emit);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  return {result.output.begin(), result.output.end()};
}

/// Whether the order of items may matter to kernels with these bodies, in their order.
std::vector<bool> depend_on_order(const std::vector<std::string>& bodies) {
  CompileOptions options;
  options.file = "atomics.cpp";
  options.text = "#include <dotcompute/kernel.hpp>\nusing namespace dotcompute;\n";
  for (const std::string& body : bodies) {
    *options.text += "DOTCOMPUTE_KERNEL void k" + std::to_string(&body - bodies.data()) +
                     "(std::span<unsigned> u, std::span<long> n, std::span<float> f, std::span<double> d) {\n"
                     "  const std::size_t i = global_id();\n  " +
                     body + "\n}\n";
  }
  options.emit = Emit::model;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  const CompileResult result = compile(options);
  EXPECT_TRUE(result.ok) << result.diagnostics;
  const std::string model(result.output.begin(), result.output.end());
  const std::string field = "\"order_dependent\": ";
  std::vector<bool> facts;
  for (std::size_t at = 0; (at = model.find(field, at)) != std::string::npos;) {
    at += field.size();
    facts.push_back(model.compare(at, 4, "true") == 0);
  }
  return facts;
}

TEST(Atomics, WhetherTheOrderOfItemsMayMatterIsKnown) {
  const std::vector<std::string> independent{"atomic_add(u[0], 1u);",
                                             "atomic_sub(n[0], 1);",
                                             "atomic_min(f[0], 1.0f);",
                                             "atomic_max(d[0], 1.0);",
                                             "atomic_and(u[0], 1u);",
                                             "atomic_or(u[0], 1u);",
                                             "atomic_xor(n[0], 1);",
                                             "(void)atomic_add(u[0], 1u);",
                                             "atomic_add(u[0], 1u), atomic_or(u[1], 1u);",
                                             "for (int k = 0; k < 3; atomic_add(u[0], 1u)) ++k;",
                                             "i > 3 ? atomic_add(u[0], 1u) : atomic_add(u[1], 1u);"};
  EXPECT_EQ(depend_on_order(independent), std::vector<bool>(independent.size(), false));
  const std::vector<std::string> dependent{"u[atomic_add(u[0], 1u)] = 1;",
                                           "if (atomic_sub(n[0], 1) == 1) u[0] = 1;",
                                           "atomic_add(f[0], 1.0f);",
                                           "atomic_sub(d[0], 1.0);",
                                           "atomic_exchange(u[0], 1u);",
                                           "atomic_compare_exchange(u[0], 1u, 2u);",
                                           "atomic_store(u[0], 1u);",
                                           "u[1] = atomic_load(u[0]);",
                                           "while (atomic_or(u[0], 1u) == 0) u[i] = 1;",
                                           "u[1] = (u[2] = 1, atomic_and(u[0], 1u));",
                                           "(atomic_add(u[0], 1u) > 3 ? u[1] : u[2]) = 4;"};
  EXPECT_EQ(depend_on_order(dependent), std::vector<bool>(dependent.size(), true));
}

TEST(Atomics, AKernelWithoutSaysNothingOfThem) {
  EXPECT_THAT(artefact("u[i] = 1;", Emit::model), Not(HasSubstr("order_dependent")));
}

TEST(Atomics, OnGlobalMemoryTheCpuHasAtomicInstructions) {
  EXPECT_THAT(artefact("atomic_add(u[0], 1u);", Emit::cpu), HasSubstr("atomicrmw add ptr"));
  EXPECT_THAT(artefact("atomic_min(n[0], 3);", Emit::cpu), HasSubstr("atomicrmw min ptr"));
  EXPECT_THAT(artefact("atomic_add(d[0], 1.0);", Emit::cpu), HasSubstr("atomicrmw fadd ptr"));
  EXPECT_THAT(artefact("atomic_max(f[0], 1.0f);", Emit::cpu), HasSubstr("cmpxchg ptr"));
  EXPECT_THAT(artefact("f[i] = atomic_load(f[0]);", Emit::cpu), HasSubstr("load atomic"));
}

// One thread runs the items of a group one after the other.
TEST(Atomics, OnSharedArraysTheCpuHasPlainOnes) {
  const std::string code = artefact(
      "SharedArray<unsigned, 64> bins;\n  SharedArray<float, 2> most;\n"
      "  bins[local_id() % 64] = 0; most[0] = 0;\n  barrier();\n"
      "  atomic_add(bins[u[i] % 64], 1u);\n  atomic_max(most[0], f[i]);\n"
      "  atomic_compare_exchange(bins[3], 0u, 7u);\n  atomic_store(most[1], atomic_load(most[0]));\n  barrier();\n"
      "  u[i] = bins[local_id() % 64];\n  f[i] = most[0];",
      Emit::cpu);
  EXPECT_THAT(code, Not(HasSubstr("atomicrmw")));
  EXPECT_THAT(code, Not(HasSubstr("cmpxchg")));
  EXPECT_THAT(code, Not(HasSubstr("atomic")));
}

TEST(Atomics, AResultIsNoneOfTheGroups) {
  const CompileResult result = compiled("if (atomic_add(u[0], 1u) == 0) barrier();", Emit::model);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("it depends on what atomic_add returns"));
}

TEST(Atomics, MetalHasNoneOf64Bits) {
  const CompileResult result = compiled("atomic_add(n[0], 1);", Emit::msl);
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.diagnostics, HasSubstr("which Metal does not have"));
  const std::string kernel =
      "#include <dotcompute/kernel.hpp>\nDOTCOMPUTE_KERNEL void k(std::span<std::uint64_t> n) {\n"
      "  dotcompute::atomic_or(n[0], 1ul);\n}\n";
  CompileOptions options;
  options.file = "atomics.cpp";
  options.text = kernel;
  options.emit = Emit::msl;
  options.host_options = {"-std=c++20", KERNEL_INCLUDES};
  EXPECT_THAT(compile(options).diagnostics,
              HasSubstr("k cannot be written in Metal: it uses an atomic operation on 64 bits, which Metal does not "
                        "have; use a 32-bit number there, or run it on another device (line 3)"));
}

TEST(Atomics, OpenClAsksForItsExtensionsWhereTheyAreUsed) {
  EXPECT_THAT(artefact("atomic_add(u[0], 1u);", Emit::opencl), Not(HasSubstr("int64")));
  const std::string sum = artefact("atomic_add(n[0], 1);", Emit::opencl);
  EXPECT_THAT(sum, HasSubstr("#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"));
  EXPECT_THAT(sum, HasSubstr("atom_add(&n[0], 1l);"));
  // An extension of its own, without which it is emulated.
  const std::string largest = artefact("atomic_max(n[0], 1);", Emit::opencl);
  EXPECT_THAT(largest, HasSubstr("#ifdef cl_khr_int64_extended_atomics\n  return atom_max(object, value);\n#else\n"));
  EXPECT_THAT(largest, HasSubstr("atom_cmpxchg"));
}

}  // namespace

}  // namespace kernelc
