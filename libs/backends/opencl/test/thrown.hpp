#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <typeinfo>

namespace dotcompute::test {

/// The error of exactly this type that `call` throws; anything else fails the test.
template <class Error, class Call>
Error thrown(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(typeid(error), typeid(Error)) << error.what();
    return error;
  }
  throw std::logic_error("the call threw nothing");
}

}  // namespace dotcompute::test
