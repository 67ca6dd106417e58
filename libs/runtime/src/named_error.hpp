#pragma once

/// Errors of one launch among several, which say which it was.

#include <string_view>
#include <utility>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

template <class Error, class Message>
[[noreturn]] void throw_named(const Error& error, const Message& message, std::string_view kernel) {
  ErrorContext context = error.context();
  if (context.kernel.empty()) context.kernel = kernel;
  if (context.cause.empty()) context.cause = error.what();
  throw Error(error.remedy(), message(error.what()), std::move(context));
}

/// Throws the error that is being handled, as what it is, with the text that `message` makes of its own, and `kernel`
/// in its context if it names none. Errors that are not the library's stay as they are.
template <class Message>
[[noreturn]] void rethrow_named(const Message& message, std::string_view kernel = {}) {
  try {
    throw;
  } catch (const CompilationError& error) {
    throw_named(error, message, kernel);
  } catch (const OutOfMemoryError& error) {
    throw_named(error, message, kernel);
  } catch (const DeviceNotAvailableError& error) {
    throw_named(error, message, kernel);
  } catch (const DeviceError& error) {
    throw_named(error, message, kernel);
  } catch (const MemoryError& error) {
    throw_named(error, message, kernel);
  } catch (const ExecutionError& error) {
    throw_named(error, message, kernel);
  }
}

}  // namespace dotcompute::detail
