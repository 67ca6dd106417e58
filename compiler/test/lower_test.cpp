#include "lower/lower.hpp"

#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

namespace kernelc {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The module after a pass, as text; checked to be well formed.
std::string lowered(const char* source, void (*pass)(llvm::Module&)) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  const std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(source, error, context);
  EXPECT_NE(module, nullptr) << error.getMessage().str();
  pass(*module);
  EXPECT_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, nullptr);
  return text;
}

TEST(ContainUndefined, GuardsDivisorsAndShiftCounts) {
  const std::string text = lowered(R"(
define i32 @f(i32 %a, i32 %b) {
  %q = sdiv i32 %a, %b
  %s = shl i32 %q, %b
  %k = udiv i32 %s, 7
  ret i32 %k
})",
                                   contain_undefined);
  EXPECT_THAT(text, HasSubstr("icmp eq i32 %b, 0"));
  EXPECT_THAT(text, HasSubstr("icmp eq i32 %b, -1"));
  EXPECT_THAT(text, HasSubstr("and i32 %b, 31"));
  EXPECT_THAT(text, HasSubstr("udiv i32 %s, 7"));
}

TEST(ContainUndefined, FreezesConversionsThatMayBeOutOfRange) {
  const std::string text =
      lowered("define i32 @f(float %x) {\n  %i = fptosi float %x to i32\n  ret i32 %i\n}", contain_undefined);
  EXPECT_THAT(text, HasSubstr("freeze i32 %i"));
}

TEST(ContainUndefined, WhatWasFoldedToNoValueIsZero) {
  const std::string text = lowered(R"(
define i1 @f(i32 %a, ptr %p) {
  %s = insertvalue { i32, i32 } poison, i32 %a, 0
  store { i32, i32 } %s, ptr %p
  store float poison, ptr %p
  %c = icmp sgt i32 poison, %a
  ret i1 %c
})",
                                   contain_undefined);
  EXPECT_THAT(text, HasSubstr("insertvalue { i32, i32 } poison"));
  EXPECT_THAT(text, HasSubstr("store float 0.0"));
  EXPECT_THAT(text, HasSubstr("icmp sgt i32 0, %a"));
}

TEST(BindMath, ArithmeticIsStrictWhateverAPragmaAllows) {
  const std::string text = lowered(R"(
declare float @llvm.fmuladd.f32(float, float, float)
define float @f(float %x, float %y) {
  %s = fadd reassoc contract float %x, %y
  %r = call float @llvm.fmuladd.f32(float %x, float %y, float %s)
  ret float %r
})",
                                   bind_math);
  EXPECT_THAT(text, HasSubstr("fadd float %x, %y"));
  EXPECT_THAT(text, HasSubstr("fmul float %x, %y"));
  EXPECT_THAT(text, Not(HasSubstr("call float @llvm.fmuladd")));
}

TEST(BindMath, ExactFunctionsBecomeOperationsAndOthersAreCallsOfALibrary) {
  const std::string text = lowered(R"(
declare float @sqrtf(float)
declare float @acoshf(float)
declare float @sinf(float)
declare double @llvm.minnum.f64(double, double)
define float @f(float %x, double %y) {
  %r = call float @sqrtf(float %x)
  %p = call float @acoshf(float %r)
  %s = call float @sinf(float %p)
  %m = call double @llvm.minnum.f64(double %y, double 0.0)
  %t = fptrunc double %m to float
  %u = fadd float %s, %t
  ret float %u
})",
                                   bind_math);
  EXPECT_THAT(text, HasSubstr("call float @llvm.sqrt.f32(float %x)"));
  EXPECT_THAT(text, HasSubstr("call float @acoshf(float"));
  EXPECT_THAT(text, HasSubstr("call float @Sleef_cinz_sinf1_u10purec(float"));
  EXPECT_THAT(text, HasSubstr("nobuiltin"));
  EXPECT_THAT(text, Not(HasSubstr("call double @llvm.minnum")));
  EXPECT_THAT(text, HasSubstr("fcmp olt double %y"));
}

TEST(BindMath, FloatsAreComputedInDoublesUnlessTheyMayBeFast) {
  for (const std::string name : {"erff", "expf", "exp2f", "hypotf", "logf", "log10f", "log2f", "powf", "tanhf"}) {
    const bool has_two = name == "hypotf" || name == "powf";
    const std::string arguments = has_two ? "(float %x, float %y)" : "(float %x)";
    const std::string source = "declare float @" + name + (has_two ? "(float, float)" : "(float)") +
                               "\ndefine float @f(float %x, float %y) #0 {\n  %r = call float @" + name + arguments +
                               "\n  ret float %r\n}\nattributes #0 = { \"target-cpu\"=\"x86-64-v3\" ";
    EXPECT_THAT(lowered((source + "}").c_str(), bind_math),
                AllOf(HasSubstr("fptrunc double"), Not(HasSubstr("@" + name + "(float %x"))))
        << name;
    EXPECT_THAT(lowered((source + "\"dotcompute-fast-math\" }").c_str(), bind_math),
                AllOf(Not(HasSubstr("double")), HasSubstr("call float @" + name + arguments)))
        << name;
  }
}

constexpr const char* logarithm_of = R"(
declare double @log(double)
define double @f(double %x) #0 {
  %r = call double @log(double %x)
  ret double %r
}
attributes #0 = { "target-cpu"="CPU" FAST })";

std::string with_attributes(std::string cpu, std::string fast) {
  return std::regex_replace(std::regex_replace(logarithm_of, std::regex("CPU"), cpu), std::regex("FAST"), fast);
}

TEST(BindMath, ACallNamesTheFunctionsForVectorsOfItsTarget) {
  EXPECT_THAT(lowered(with_attributes("x86-64-v2", "").c_str(), bind_math),
              AllOf(HasSubstr("call double @Sleef_cinz_logd1_u10purec"),
                    HasSubstr("_ZGV_LLVM_N2v_Sleef_cinz_logd1_u10purec(Sleef_cinz_logd2_u10sse4)\"")));
  EXPECT_THAT(lowered(with_attributes("x86-64-v4", "").c_str(), bind_math),
              AllOf(HasSubstr("declare <4 x double> @Sleef_cinz_logd4_u10avx(<4 x double>)"),
                    HasSubstr("declare <8 x double> @Sleef_cinz_logd8_u10avx512fnofma(<8 x double>)")));
  // The reference is compiled for any processor.
  EXPECT_THAT(lowered(with_attributes("x86-64", "").c_str(), bind_math), Not(HasSubstr("_ZGV_LLVM")));
}

TEST(BindMath, FastMathCallsTheCLibrarysVectorFunctions) {
  const std::string text = lowered(with_attributes("x86-64-v3", "\"dotcompute-fast-math\"").c_str(), bind_math);
  EXPECT_THAT(text, AllOf(HasSubstr("call double @log("), HasSubstr("_ZGV_LLVM_N4v_log(_ZGVdN4v_log)\"")));
}

TEST(BindMath, OneNumberIsComputedInALaneOfAVector) {
  const std::string text = lowered(with_attributes("x86-64-v3", "").c_str(), [](llvm::Module& module) {
    bind_math(module);
    compute_in_one_lane(*module.getFunction("f"));
  });
  EXPECT_THAT(text, AllOf(HasSubstr("call <4 x double> @Sleef_cinz_logd4_u10avx("), Not(HasSubstr("call double"))));
}

TEST(BindMath, LgammaWritesNoSharedVariable) {
  const std::string text = lowered(
      "declare double @lgamma(double)\ndefine double @f(double %x) {\n"
      "  %r = call double @lgamma(double %x)\n  ret double %r\n}",
      bind_math);
  EXPECT_THAT(text, HasSubstr("call double @lgamma_r(double %x, ptr %sign)"));
  EXPECT_THAT(text, Not(HasSubstr("@lgamma(double %x)")));
}

TEST(KeepOnly, HidesEverythingButThePrefixAndDropsStartUpCode) {
  const std::string text = lowered(R"(
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @start, ptr null }]
define void @start() { ret void }
define linkonce_odr void @used() { ret void }
define void @wanted_0() { call void @used() ret void }
)",
                                   [](llvm::Module& module) { keep_only(module, "wanted_"); });
  EXPECT_THAT(text, HasSubstr("define dso_local void @wanted_0"));
  EXPECT_THAT(text, HasSubstr("define internal void @used"));
  EXPECT_THAT(text, Not(HasSubstr("start")));
}

}  // namespace

}  // namespace kernelc
