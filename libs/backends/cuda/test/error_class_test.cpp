#include "error_class.hpp"

#include <map>

#include <gtest/gtest.h>

namespace dotcompute::cuda {
namespace {

/// By number, as the driver's documentation has them.
const std::map<int, ErrorClass> expected{
    {0, ErrorClass::none},        {600, ErrorClass::none},      {2, ErrorClass::memory},
    {701, ErrorClass::resources}, {808, ErrorClass::resources}, {809, ErrorClass::resources},
    {200, ErrorClass::code},      {209, ErrorClass::code},      {218, ErrorClass::code},
    {221, ErrorClass::code},      {222, ErrorClass::code},      {223, ErrorClass::code},
    {300, ErrorClass::code},      {302, ErrorClass::code},      {303, ErrorClass::code},
    {304, ErrorClass::transient}, {802, ErrorClass::transient}, {807, ErrorClass::transient},
    {909, ErrorClass::transient}, {3, ErrorClass::lost},        {4, ErrorClass::lost},
    {46, ErrorClass::lost},       {100, ErrorClass::lost},      {201, ErrorClass::lost},
    {214, ErrorClass::lost},      {220, ErrorClass::lost},      {226, ErrorClass::lost},
    {700, ErrorClass::lost},      {702, ErrorClass::lost},      {709, ErrorClass::lost},
    {710, ErrorClass::lost},      {714, ErrorClass::lost},      {715, ErrorClass::lost},
    {716, ErrorClass::lost},      {717, ErrorClass::lost},      {718, ErrorClass::lost},
    {719, ErrorClass::lost},      {721, ErrorClass::lost},      {803, ErrorClass::lost},
    {805, ErrorClass::lost},      {806, ErrorClass::lost},      {810, ErrorClass::lost},
    {911, ErrorClass::lost},      {999, ErrorClass::lost}};

TEST(ErrorClassTest, EveryNumberHasTheClassThatTheDocumentationMeans) {
  for (int number = 0; number < 2000; ++number) {
    const auto found = expected.find(number);
    const ErrorClass wanted = found == expected.end() ? ErrorClass::request : found->second;
    EXPECT_EQ(classify(static_cast<Result>(number)), wanted) << number;
  }
}

}  // namespace
}  // namespace dotcompute::cuda
