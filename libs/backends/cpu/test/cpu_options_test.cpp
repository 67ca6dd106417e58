#include <gtest/gtest.h>

#include <cstdlib>

#include <dotcompute/base/error.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "instruction_set.hpp"

namespace {

using dotcompute::cpu_options_from_environment;

/// Sets the variables for one test.
class CpuOptionsFromEnvironment : public testing::Test {
 protected:
  ~CpuOptionsFromEnvironment() override {
    unsetenv("DOTCOMPUTE_CPU_TARGET");
    unsetenv("DOTCOMPUTE_CPU_THREADS");
    unsetenv("DOTCOMPUTE_CPU_BINDING");
    unsetenv("DOTCOMPUTE_CPU_TOPOLOGY");
  }
  static std::string error_of(const char* variable, const char* value) {
    setenv(variable, value, 1);
    try {
      (void)cpu_options_from_environment();
    } catch (const dotcompute::DeviceError& error) {
      EXPECT_EQ(error.remedy(), dotcompute::Remedy::fix_input);
      EXPECT_EQ(error.context().device, "cpu");
      return error.what();
    }
    return {};
  }
};

TEST_F(CpuOptionsFromEnvironment, AreTheDefaultsWithoutIt) {
  unsetenv("DOTCOMPUTE_CPU_TARGET");
  setenv("DOTCOMPUTE_CPU_THREADS", "", 1);
  const dotcompute::CpuOptions options = cpu_options_from_environment();
  EXPECT_FALSE(options.isa);
  EXPECT_EQ(options.threads, 0u);
  EXPECT_TRUE(options.binds_threads);
  EXPECT_EQ(options.topology, "");
}

TEST_F(CpuOptionsFromEnvironment, AreRead) {
  setenv("DOTCOMPUTE_CPU_TARGET", "v3", 1);
  setenv("DOTCOMPUTE_CPU_THREADS", "12", 1);
  setenv("DOTCOMPUTE_CPU_BINDING", "off", 1);
  setenv("DOTCOMPUTE_CPU_TOPOLOGY", "numa:2 pu:4", 1);
  const dotcompute::CpuOptions options = cpu_options_from_environment();
  EXPECT_EQ(options.isa, DOTCOMPUTE_ISA_X86_64_V3);
  EXPECT_EQ(options.threads, 12u);
  EXPECT_FALSE(options.binds_threads);
  EXPECT_EQ(options.topology, "numa:2 pu:4");
  setenv("DOTCOMPUTE_CPU_BINDING", "on", 1);
  EXPECT_TRUE(cpu_options_from_environment().binds_threads);
}

TEST_F(CpuOptionsFromEnvironment, RefuseAnUnknownInstructionSet) {
  EXPECT_EQ(error_of("DOTCOMPUTE_CPU_TARGET", "avx2"),
            "DOTCOMPUTE_CPU_TARGET is 'avx2'; give v2, v3, v4 or aarch64, or unset it");
}

TEST_F(CpuOptionsFromEnvironment, RefuseBadNumbersOfThreads) {
  for (const char* value : {"0", "-1", "many", "4x", " 4", "1025", "99999999999999999999999"}) {
    EXPECT_EQ(error_of("DOTCOMPUTE_CPU_THREADS", value),
              std::string("DOTCOMPUTE_CPU_THREADS is '") + value + "'; give a number from 1 to 1024, or unset it");
  }
}

TEST_F(CpuOptionsFromEnvironment, RefuseAnotherBinding) {
  EXPECT_EQ(error_of("DOTCOMPUTE_CPU_BINDING", "node"),
            "DOTCOMPUTE_CPU_BINDING is 'node'; give on or off, or unset it");
}

TEST(InstructionSet, NamesAreReadBack) {
  using namespace dotcompute::cpu;
  for (const dotcompute_isa isa :
       {DOTCOMPUTE_ISA_X86_64_V2, DOTCOMPUTE_ISA_X86_64_V3, DOTCOMPUTE_ISA_X86_64_V4, DOTCOMPUTE_ISA_AARCH64}) {
    EXPECT_EQ(find_isa(isa_name(isa)), isa);
  }
  EXPECT_EQ(find_isa("v2"), DOTCOMPUTE_ISA_X86_64_V2);
  EXPECT_EQ(find_isa("v3"), DOTCOMPUTE_ISA_X86_64_V3);
  EXPECT_EQ(find_isa("v4"), DOTCOMPUTE_ISA_X86_64_V4);
  EXPECT_FALSE(find_isa("4"));
  EXPECT_FALSE(find_isa(""));
  EXPECT_EQ(isa_name(99), "instruction set 99");
  EXPECT_FALSE(find_isa("instruction set 99"));
}

TEST(InstructionSet, HasFamilies) {
  using dotcompute::cpu::same_family;
  EXPECT_TRUE(same_family(DOTCOMPUTE_ISA_X86_64_V2, DOTCOMPUTE_ISA_X86_64_V4));
  EXPECT_FALSE(same_family(DOTCOMPUTE_ISA_X86_64_V2, DOTCOMPUTE_ISA_AARCH64));
}

}  // namespace
