#pragma once

/// Expects an action to fail with a ToolError.

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool_error.hpp"

namespace dotcompute::tool {

template <class Action>
void expect_error(ExitStatus status, const std::string& part, Action&& action) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; expected: " << part;
  } catch (const ToolError& error) {
    EXPECT_EQ(error.status(), status);
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

template <class Action>
void expect_invalid(const std::string& part, Action&& action) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; expected: " << part;
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

}  // namespace dotcompute::tool
