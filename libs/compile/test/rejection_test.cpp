#include "rejection.hpp"

#include <gtest/gtest.h>

namespace dotcompute {
namespace {

TEST(Rejection, TheFirstErrorIsTheMessageAndAllOfThemTheCause) {
  const std::string diagnostics =
      "demo.cpp:2:1: warning: odd\ndemo.cpp:3:10: error: use of undeclared identifier 'foo'\n    3 | foo();\n"
      "      | ^\ndemo.cpp:9:1: error: another\n2 errors generated.\n";
  const CompilationError error = rejection_of("demo.cpp", diagnostics);
  EXPECT_STREQ(error.what(), "'demo.cpp' does not compile: use of undeclared identifier 'foo' (demo.cpp:3:10)");
  EXPECT_EQ(error.context().source, "demo.cpp:3:10");
  EXPECT_EQ(error.context().cause, diagnostics);
  EXPECT_EQ(error.remedy(), Remedy::fix_input);
}

TEST(Rejection, AMissingHeaderIsAnErrorToo) {
  EXPECT_STREQ(rejection_of("a.cpp", "a.cpp:1:10: fatal error: 'b.hpp' file not found\n").what(),
               "'a.cpp' does not compile: 'b.hpp' file not found (a.cpp:1:10)");
}

TEST(Rejection, AnErrorWithoutALineNamesTheFileOnce) {
  for (const char* place : {"", "a.cpp: "}) {
    const CompilationError error = rejection_of("a.cpp", place + std::string("error: no kernel found in 'a.cpp'\n"));
    EXPECT_STREQ(error.what(), "'a.cpp' does not compile: no kernel found in 'a.cpp'");
    EXPECT_EQ(error.context().source, "a.cpp");
  }
}

TEST(Rejection, DiagnosticsWithoutAnErrorAreKept) {
  const CompilationError error = rejection_of("a.cpp", "something else");
  EXPECT_STREQ(error.what(), "'a.cpp' does not compile");
  EXPECT_EQ(error.context().cause, "something else");
}

}  // namespace
}  // namespace dotcompute
