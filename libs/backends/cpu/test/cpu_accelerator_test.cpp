#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/cpu/cpu_accelerator.hpp>

#include "instruction_set.hpp"
#include "kernel_fixture.hpp"

namespace {

using dotcompute::LaunchOutcome;
using dotcompute::make_cpu_accelerator;
using dotcompute::test::KernelFixture;
using testing::HasSubstr;

int entry_that_ran = 0;
template <int Number>
void note_entry(const void*, const dotcompute_grid*, const dotcompute_box*) {
  entry_that_ran = Number;
}

/// Has code for all of the x86-64 instruction sets.
struct AllSets : KernelFixture {
  AllSets() {
    record.cpu = sets;
    record.cpu_count = 3;
  }
  dotcompute_cpu_code sets[3] = {{DOTCOMPUTE_ISA_X86_64_V2, 1, &note_entry<2>},
                                 {DOTCOMPUTE_ISA_X86_64_V3, 1, &note_entry<3>},
                                 {DOTCOMPUTE_ISA_X86_64_V4, 1, &note_entry<4>}};
};

int entry_chosen(const dotcompute::CpuOptions& options, const KernelFixture& fixture) {
  const auto cpu = make_cpu_accelerator(options);
  const auto kernel = cpu->load(fixture.definition());
  dotcompute::LaunchDescription launch;
  launch.grid = {{1, 1, 1}};
  EXPECT_EQ(kernel->run(launch), LaunchOutcome::completed);
  return entry_that_ran;
}

TEST(CpuAccelerator, DescribesItself) {
  const auto cpu = make_cpu_accelerator({.threads = 3});
  EXPECT_EQ(cpu->info().id, "cpu");
  EXPECT_EQ(cpu->info().backend, "cpu");
  EXPECT_EQ(cpu->info().concurrency, 3u);
  EXPECT_THAT(cpu->info().name, HasSubstr(dotcompute::cpu::processor_name()));
  EXPECT_THAT(cpu->info().name, HasSubstr(", 3 threads"));
  EXPECT_THAT(make_cpu_accelerator({.threads = 1})->info().name, testing::EndsWith(", 1 thread"));
  EXPECT_GE(make_cpu_accelerator()->info().concurrency, 1u);
}

#if defined(__x86_64__)
TEST(CpuAccelerator, RunsTheBestCodeOfTheMachine) {
  const auto best = dotcompute::cpu::best_isa_of_machine();
  if (!best) GTEST_SKIP() << "this machine is below x86-64-v2";
  const AllSets fixture;
  EXPECT_EQ(entry_chosen({}, fixture), static_cast<int>(*best));
  EXPECT_THAT(make_cpu_accelerator()->info().name, HasSubstr(dotcompute::cpu::isa_name(*best)));
}

TEST(CpuAccelerator, StaysBelowTheInstructionSetAskedFor) {
  const auto best = dotcompute::cpu::best_isa_of_machine();
  if (!best) GTEST_SKIP() << "this machine is below x86-64-v2";
  const AllSets fixture;
  for (const dotcompute_isa isa : {DOTCOMPUTE_ISA_X86_64_V2, DOTCOMPUTE_ISA_X86_64_V3, DOTCOMPUTE_ISA_X86_64_V4}) {
    EXPECT_EQ(entry_chosen({.isa = isa}, fixture), static_cast<int>(std::min(isa, *best)));
  }
}

TEST(CpuAccelerator, RefusesAKernelWithoutCodeForTheMachine) {
  AllSets fixture;
  fixture.record.cpu = &fixture.sets[2];
  fixture.record.cpu_count = 1;
  const auto cpu = make_cpu_accelerator({.isa = DOTCOMPUTE_ISA_X86_64_V2});
  EXPECT_EQ(cpu->refusal(fixture.definition()),
            "'test::visit' has code for x86-64-v4, but the cpu runs at most x86-64-v2");
  try {
    (void)cpu->load(fixture.definition());
    FAIL() << "nothing was thrown";
  } catch (const dotcompute::DeviceError& error) {
    EXPECT_STREQ(error.what(), "'test::visit' has code for x86-64-v4, but the cpu runs at most x86-64-v2");
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fall_back);
    EXPECT_EQ(error.context().kernel, "test::visit");
  }
}

TEST(CpuAccelerator, RefusesAnInstructionSetOfAnotherFamily) {
  EXPECT_THROW((void)make_cpu_accelerator({.isa = DOTCOMPUTE_ISA_AARCH64}), dotcompute::DeviceError);
  try {
    (void)make_cpu_accelerator({.isa = DOTCOMPUTE_ISA_AARCH64});
  } catch (const dotcompute::DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("and cannot run aarch64; give another instruction set, or none"));
  }
}
#endif

TEST(CpuAccelerator, TakesAKernelItHasCodeFor) {
  const KernelFixture fixture;
  EXPECT_EQ(make_cpu_accelerator()->refusal(fixture.definition()), std::nullopt);
}

TEST(CpuAccelerator, RefusesAKernelWithoutAnyCode) {
  KernelFixture fixture;
  fixture.record.cpu_count = 0;
  EXPECT_EQ(make_cpu_accelerator()->refusal(fixture.definition()),
            "'test::visit' (visit.cpp) has no code for any cpu; compile its file with kernelc again");
}

TEST(CpuAccelerator, RefusesTooManyThreads) {
  try {
    (void)make_cpu_accelerator({.threads = 5000});
    FAIL() << "nothing was thrown";
  } catch (const dotcompute::DeviceError& error) {
    EXPECT_STREQ(error.what(), "the cpu cannot have 5000 threads; give a number from 1 to 1024");
  }
}

TEST(CpuAccelerator, RefusesATopologyThatIsNone) {
  try {
    (void)make_cpu_accelerator({.topology = "four nodes"});
    FAIL() << "no error";
  } catch (const dotcompute::DeviceError& error) {
    EXPECT_EQ(error.remedy(), dotcompute::Remedy::fix_input);
    EXPECT_THAT(error.what(), HasSubstr("cannot make a topology of 'four nodes'"));
  }
}

}  // namespace
