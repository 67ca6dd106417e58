#include "driver/host_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kernelc {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(HostOptions, WhatChangesMeaningIsForwarded) {
  const HostOptions result =
      match_host("Clang-19.1.7", {"-std=gnu++20", "-DX=1", "-I", "include", "-isystem", "sys", "-funsigned-char"});
  ASSERT_FALSE(result.error) << *result.error;
  EXPECT_THAT(result.forwarded,
              ElementsAre("-std=gnu++20", "-DX=1", "-I", "include", "-isystem", "sys", "-funsigned-char"));
}

TEST(HostOptions, WhatConcernsTheHostsCodeAloneIsIgnored) {
  const HostOptions result = match_host(
      "", {"-std=c++20", "-O3", "-g", "-Wall", "-march=native", "-fPIC", "-ffast-math", "-flto", "-fsanitize=address"});
  ASSERT_FALSE(result.error) << *result.error;
  EXPECT_THAT(result.forwarded, ElementsAre("-std=c++20"));
}

TEST(HostOptions, AValueBelongsToItsOption) {
  const HostOptions result =
      match_host("", {"-std=c++20", "-MD", "-MF", "x.d", "-MT", "x.o", "-Wp,-DX=1", "-include", "y.h"});
  ASSERT_FALSE(result.error) << *result.error;
  EXPECT_THAT(result.forwarded, ElementsAre("-std=c++20", "-Wp,-DX=1", "-include", "y.h"));
  EXPECT_TRUE(takes_value("-MF"));
  EXPECT_TRUE(takes_value("-isysroot"));
  EXPECT_FALSE(takes_value("-MD"));
}

TEST(HostOptions, OldGnuMangledConstraintsAsClang17Did) {
  EXPECT_THAT(match_host("GNU-12.2.0", {}).forwarded, Contains("-fclang-abi-compat=17"));
  EXPECT_THAT(match_host("GNU-14.1.0", {}).forwarded, Not(Contains("-fclang-abi-compat=17")));
  EXPECT_THAT(match_host("Clang-16.0.6", {}).forwarded, Contains("-fclang-abi-compat=16"));
}

TEST(HostOptions, WhatCannotBeMatchedIsRefusedByName) {
  const auto error = [](const std::string& host, const std::vector<std::string>& options) {
    return match_host(host, options).error.value_or("");
  };
  EXPECT_THAT(error("", {"-fpack-struct"}), HasSubstr("'-fpack-struct'"));
  EXPECT_THAT(error("", {"-m32"}), HasSubstr("'-m32'"));
  EXPECT_THAT(error("", {"-std=c++17"}), HasSubstr("'-std=c++17' is older than kernels need"));
  EXPECT_THAT(error("", {"-I"}), HasSubstr("'-I' is the last option"));
  EXPECT_THAT(error("Intel-2024.1", {}), HasSubstr("'Intel-2024.1'"));
  EXPECT_THAT(error("GNU-9.4.0", {}), HasSubstr("use g++ 11 to 14"));
}

TEST(HostOptions, TheStandardDefaultsToCpp20) { EXPECT_THAT(match_host("", {}).forwarded, ElementsAre("-std=c++20")); }

}  // namespace

}  // namespace kernelc
