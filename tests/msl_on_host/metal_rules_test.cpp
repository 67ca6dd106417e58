// What Metal refuses and what Clang is wrong about are told apart from what is right.

#include <gtest/gtest.h>

#include "metal_rules.hpp"

namespace msl_on_host {

namespace {

TEST(MetalRules, EveryPointerHasASpace) {
  EXPECT_EQ(what_metal_refuses("void f(const float* x);"), "a pointer to no address space:  const float *\n");
  EXPECT_NE(what_metal_refuses("void f(device float** x);"), "");
  EXPECT_NE(what_metal_refuses("void f(const S& s);"), "");
  EXPECT_EQ(what_metal_refuses("void f(device float* thread* x, thread const S& s, threadgroup int* y);"), "");
  EXPECT_EQ(what_metal_refuses("int f(int x, int y) { return x * y & x; }"), "");
}

TEST(MetalRules, ThereIsNoLongLong) {
  EXPECT_EQ(what_metal_refuses("long long x;"), "Metal has no long long\n");
  EXPECT_EQ(what_metal_refuses("long x;"), "");
}

TEST(MetalRules, KnowWhatClangIsWrongAbout) {
  EXPECT_TRUE(is_limitation_of_clang("k:1:2: error: incompatible operand types ('__private S' and 'S')\n  x\n"));
  EXPECT_FALSE(is_limitation_of_clang("k:1:2: error: incompatible operand types ('__private S' and 'T')\n"));
  EXPECT_FALSE(
      is_limitation_of_clang("k:1:2: error: incompatible operand types ('S' and '__private S')\nk:3:4: error: x\n"));
  EXPECT_FALSE(is_limitation_of_clang("k:1:2: error: no matching function for call to 'f'"));
  EXPECT_FALSE(is_limitation_of_clang(""));
}

}  // namespace

}  // namespace msl_on_host
