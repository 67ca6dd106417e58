#pragma once

/// The messages of errors about memory.

#include <exception>
#include <string>
#include <utility>

#include <dotcompute/base/error.hpp>

namespace dotcompute::test {

/// The message of the `Error` that the action throws; what happened instead otherwise.
template <class Error = MemoryError, class Action>
std::string memory_error_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
  return "no error";
}

}  // namespace dotcompute::test
