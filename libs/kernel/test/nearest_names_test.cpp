#include "nearest_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using dotcompute::detail::nearest_names;
using dotcompute::detail::unqualified;
using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string_view> names{"demo::saxpy",
                                          "demo::vector_add",
                                          "filters::blur",
                                          "filters::sobel",
                                          "sorting::merge<double, true>",
                                          "sorting::merge<float, true>"};

TEST(NearestNames, FindsSlips) {
  EXPECT_THAT(nearest_names("demo::saxpi", names), ElementsAre("demo::saxpy"));
  EXPECT_THAT(nearest_names("dmeo::saxpy", names), ElementsAre("demo::saxpy"));
  EXPECT_THAT(nearest_names("demo::vectoradd", names), ElementsAre("demo::vector_add"));
}

TEST(NearestNames, FindsNamesWithoutTheirNamespace) {
  EXPECT_THAT(nearest_names("blur", names), ElementsAre("filters::blur"));
  EXPECT_THAT(nearest_names("sobl", names), ElementsAre("filters::sobel"));
  EXPECT_THAT(nearest_names("other::blur", names), ElementsAre("filters::blur"));
}

TEST(NearestNames, FindsInstantiationsOfATemplate) {
  EXPECT_THAT(nearest_names("sorting::merge", names),
              ElementsAre("sorting::merge<double, true>", "sorting::merge<float, true>"));
  EXPECT_THAT(nearest_names("merge<int, true>", names),
              ElementsAre("sorting::merge<double, true>", "sorting::merge<float, true>"));
}

TEST(NearestNames, OffersNothingFarAway) {
  EXPECT_THAT(nearest_names("histogram", names), IsEmpty());
  EXPECT_THAT(nearest_names("", names), IsEmpty());
  const std::vector<std::string_view> short_names{"abc"};
  EXPECT_THAT(nearest_names("xyz", short_names), IsEmpty());
}

TEST(NearestNames, OffersThreeAtMost) {
  const std::vector<std::string_view> many{"kernel_1", "kernel_2", "kernel_3", "kernel_4"};
  EXPECT_THAT(nearest_names("kernel_0", many), ElementsAre("kernel_1", "kernel_2", "kernel_3"));
}

TEST(Unqualified, DropsNamespacesAndTemplateArguments) {
  EXPECT_EQ(unqualified("demo::saxpy"), "saxpy");
  EXPECT_EQ(unqualified("a::merge<b::c, true>"), "merge");
  EXPECT_EQ(unqualified("plain"), "plain");
}

}  // namespace
