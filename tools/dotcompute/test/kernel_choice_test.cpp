#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "expect_error.hpp"
#include "sample_kernel.hpp"
#include "session.hpp"

namespace dotcompute::tool {
namespace {

class ChooseKernel : public testing::Test {
 protected:
  std::string chosen(const std::string& name, std::size_t count = 4) const {
    std::vector<KernelDefinition> definitions;
    for (std::size_t i = 0; i < count; ++i) definitions.emplace_back(records_[i]);
    return std::string(choose_kernel(definitions, {"f.cpp", name, {}, ""}).name());
  }

 private:
  std::vector<dotcompute_kernel> records_ = {
      record_of("demo::saxpy", 1, {}), record_of("sorting::merge<double, true>", 1, {}),
      record_of("demo::vector_add", 1, {}), record_of("types::copy<unsigned char, long>", 1, {})};
};

TEST_F(ChooseKernel, ByNameWhateverTheSpaces) {
  EXPECT_EQ(chosen("demo::saxpy"), "demo::saxpy");
  EXPECT_EQ(chosen("sorting::merge<double,true>"), "sorting::merge<double, true>");
}

TEST_F(ChooseKernel, ByTheNamesOfCstdint) {
  EXPECT_EQ(chosen("types::copy<std::uint8_t, int64_t>"), "types::copy<unsigned char, long>");
}

TEST_F(ChooseKernel, TheOnlyOneNeedsNoName) {
  EXPECT_EQ(chosen("", 1), "demo::saxpy");
  expect_error(ExitStatus::input,
               "'f.cpp' has 2 kernels; name one: f.cpp:demo::saxpy, f.cpp:sorting::merge<double, true>",
               [&] { chosen("", 2); });
}

TEST_F(ChooseKernel, OffersTheNearestNames) {
  expect_error(ExitStatus::input, "'f.cpp' has no kernel 'vectoradd'; nearest: demo::vector_add, ",
               [&] { chosen("vectoradd"); });
  expect_error(ExitStatus::input, "nearest: sorting::merge<double, true>, ", [&] { chosen("merge<double, false>"); });
}

}  // namespace
}  // namespace dotcompute::tool
