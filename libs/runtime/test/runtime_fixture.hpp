#pragma once

/// A runtime of the test devices, with the demo kernels registered.

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/runtime/launcher.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

#include "memory_errors.hpp"
#include "test_accelerator.hpp"
#include "test_kernels.hpp"

namespace dotcompute::test {

class RuntimeTest : public testing::Test {
 protected:
  Registration demo{demo_unit()};
  detail::RuntimeCore core{test_parts()};
  Launcher runtime{core};
};

/// The message of the `Error` that the action throws; what happened instead otherwise.
template <class Error = ExecutionError, class Action>
std::string message_of(Action&& action) {
  return memory_error_of<Error>(std::forward<Action>(action));
}

}  // namespace dotcompute::test
