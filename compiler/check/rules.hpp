#pragma once

/// What a kernel may not do, each with the reason and what to write instead. `Reporter` turns them into diagnostics.

#include <string>
#include <vector>

#include <clang/Basic/Diagnostic.h>
#include <clang/Basic/SourceLocation.h>

namespace kernelc {

/// One entry per rule; the texts are in rules.cpp. The identifier in a message is the rule's name with dashes.
enum class Rule {
  // Identity of a kernel.
  kernel_returns_value,
  kernel_not_external,
  kernel_is_inline,
  kernel_is_overloaded,
  kernel_is_member,
  kernel_not_instantiated,
  kernel_is_variadic,
  kernel_defined_in_header,
  kernel_parameter_type,
  // Types.
  type_not_supported,
  type_volatile,
  type_not_trivially_copyable,
  type_virtual,
  type_complex,
  type_union,
  type_bit_field,
  type_layout,
  span_fixed_extent,
  view_parameter,
  // Functions.
  recursion,
  function_without_body,
  function_pointer,
  variadic_function,
  library_function,
  not_yet_available,
  assertion,
  // Groups.
  group_size,
  shared_array_place,
  barrier_in_expression,
  barrier_not_uniform,
  return_before_barrier,
  exit_of_barrier_loop,
  // Atomic operations.
  atomic_type,
  atomic_object,
  // Expressions and statements.
  heap,
  exception,
  run_time_type,
  mutable_global,
  non_constant_global,
  static_local,
  too_large,
  inline_assembly,
  jump,
  switch_shape,
  string_literal,
  pointer_cast,
  downcast,
  memory_function,
  destructor,
  expression_not_supported,
  statement_not_supported,
};

/// Thrown after a rule was reported, to leave the statement that breaks it. Never leaves the frontend.
struct Rejected {};

/// Reports broken rules through Clang's diagnostics, each place once.
class Reporter {
 public:
  explicit Reporter(clang::DiagnosticsEngine& engine) : engine_(engine) {}

  /// Reports and throws Rejected.
  [[noreturn]] void reject(clang::SourceLocation location, Rule rule, const std::vector<std::string>& values = {});

  /// Reports and returns.
  void report(clang::SourceLocation location, Rule rule, const std::vector<std::string>& values = {});

  /// An explanation under the last error.
  void note(clang::SourceLocation location, const std::string& text);

  [[nodiscard]] bool failed() const { return failed_; }

  /// Whether something was reported at this place.
  [[nodiscard]] bool reported_at(clang::SourceLocation location) const;

  /// How many places have been reported.
  [[nodiscard]] std::size_t reported() const { return seen_.size(); }

 private:
  clang::DiagnosticsEngine& engine_;
  std::vector<std::pair<unsigned, Rule>> seen_;
  bool failed_ = false;
};

}  // namespace kernelc
