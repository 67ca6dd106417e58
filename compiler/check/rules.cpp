#include "check/rules.hpp"

#include <algorithm>
#include <string_view>

namespace kernelc {

namespace {

struct RuleText {
  Rule rule;
  std::string_view id;
  std::string_view message;  // %0, %1 are the values
  std::string_view advice;
};

constexpr RuleText texts[] = {
    {Rule::kernel_returns_value, "kernel-returns-value",
     "kernel '%0' returns '%1': a kernel runs once per work-item and has nowhere to return a value to",
     "return void and write the result to a std::span parameter"},
    {Rule::kernel_not_external, "kernel-not-external",
     "kernel '%0' has internal linkage: the program could not name it from another file",
     "remove 'static', or move it out of the unnamed namespace"},
    {Rule::kernel_is_inline, "kernel-is-inline",
     "kernel '%0' is inline or constexpr: it could have several definitions, and its address would not identify it",
     "remove 'inline' or 'constexpr', and define the kernel in a source file"},
    {Rule::kernel_is_overloaded, "kernel-is-overloaded", "kernel '%0' is overloaded: its name does not identify it",
     "give each kernel a name of its own, or write one template with explicit instantiations"},
    {Rule::kernel_is_member, "kernel-is-member", "kernel '%0' is a member function: a kernel has no object",
     "make it a function at namespace scope and pass what it needs as parameters"},
    {Rule::kernel_not_instantiated, "kernel-not-instantiated",
     "kernel template '%0' has no explicit instantiation: there is nothing to compile",
     "add one per type it is wanted for: 'template void %0<float>(...);'"},
    {Rule::kernel_is_variadic, "kernel-is-variadic", "kernel '%0' takes variable arguments",
     "pass a std::span of them"},
    {Rule::kernel_defined_in_header, "kernel-defined-in-header",
     "kernel '%0' is defined in '%1', which is included: it would be defined again in every file that includes it",
     "declare the kernel in the header and define it in the file given to kernelc"},
    {Rule::kernel_parameter_type, "kernel-parameter-type", "parameter '%0' of a kernel cannot have the type '%1'",
     "use std::span<T>, std::span<const T>, an arithmetic type, an enumeration, or a trivially copyable struct of "
     "them, "
     "which std::array is, by value"},
    {Rule::type_not_supported, "type-not-supported", "the type '%0' does not exist on every device",
     "use bool, integers of 8 to 64 bits, float, double, arrays and structs of them"},
    {Rule::type_volatile, "type-volatile", "'%0' is volatile: devices have no such accesses",
     "remove 'volatile'; where items waited for each other by it, put a barrier() between writing and reading, or use "
     "subgroup_shuffle_down, subgroup_add and their like"},
    {Rule::type_not_trivially_copyable, "type-not-trivially-copyable",
     "parameter '%0' of a kernel moves '%1', which is not trivially copyable, to a device byte by byte",
     "use a struct of arithmetic types without its own copy operations, destructor or virtual functions"},
    {Rule::type_virtual, "type-virtual", "the type '%0' has virtual functions or virtual base classes",
     "choose with a template parameter, 'if constexpr' or a switch, and derive without 'virtual'"},
    {Rule::type_complex, "type-complex", "'%0' is made of a type that devices do not have",
     "use a struct of two numbers with the operators that you need"},
    {Rule::type_union, "type-union", "the type '%0' is a union", "use a struct, or std::bit_cast"},
    {Rule::type_bit_field, "type-bit-field", "'%0' is a bit-field: devices lay them out differently",
     "use a whole integer with shifts and masks"},
    {Rule::type_layout, "type-layout",
     "the data member '%0' shares memory with another or is not aligned: devices lay structs out plainly",
     "remove 'packed' or [[no_unique_address]], or make a base class a data member"},
    {Rule::span_fixed_extent, "span-fixed-extent",
     "parameter '%0' of a kernel is a span of fixed extent, '%1': its size is not part of a launch",
     "take a std::span<T>, and make the other of it in the kernel with 'first<N>()'"},
    {Rule::view_parameter, "view-parameter",
     "parameter '%0' of a kernel is a view, '%1': a launch passes spans and values",
     "take the std::span and the sizes, and make the view in the kernel: 'matrix_view<T> view(span, rows, columns)'"},
    {Rule::recursion, "recursion", "'%0' calls itself: devices have no call stack for it",
     "write a loop, with a fixed array as the stack where one is needed"},
    {Rule::function_without_body, "function-without-body", "'%0' is called, but its definition is not visible here",
     "define it in this file or in a header that this file includes"},
    {Rule::function_pointer, "function-pointer", "a call through a pointer to a function: devices cannot follow it",
     "call the function by its name, pass a lambda instead, or choose with a switch or a template parameter"},
    {Rule::variadic_function, "variadic-function", "'%0' takes variable arguments", "pass an array or a std::span"},
    {Rule::library_function, "library-function", "'%0' cannot run on a device",
     "compute without it; the functions of <cmath>, <bit>, std::min, max, clamp, abs and swap are available, and what "
     "is to be seen can be written to a std::span"},
    {Rule::not_yet_available, "not-yet-available", "'%0' is not available in this version",
     "use dotcompute::global_id<D>() and dotcompute::global_size<D>()"},
    {Rule::assertion, "assertion", "an assertion cannot stop a device",
     "use assert of <cassert>: checked builds report where it fails, others leave it out"},
    {Rule::group_size, "group-size", "kernel '%0' cannot have groups of %1 work-items",
     "give DOTCOMPUTE_GROUP one to three constants of at least 1 whose product is at most 1024"},
    {Rule::shared_array_place, "shared-array-place",
     "%0 is %1: a SharedArray belongs to the whole group and must be declared where every item comes by",
     "declare it in the outermost block of the kernel, and pass it on as 'SharedArray<T, N>&' or as a std::span"},
    {Rule::barrier_in_expression, "barrier-in-expression",
     "%0 in %1: whether and when it is reached would depend on how the expression is evaluated",
     "make it a statement of its own, and keep its result in a variable"},
    {Rule::barrier_not_uniform, "barrier-not-uniform",
     "%0 in control flow that is not uniform in the group: some items of a group would wait for others that "
     "never come",
     "take it out of the condition or loop, and leave in it only the work that not every item does"},
    {Rule::return_before_barrier, "return-before-barrier",
     "a return that not every item of the group takes, with %0 after it: the others would wait for the items "
     "that left",
     "put the work that follows under a condition, and let every item come by the barriers"},
    {Rule::exit_of_barrier_loop, "exit-of-barrier-loop",
     "'%0' that not every item of the group takes, in a loop or switch with %1: some items would wait for others "
     "that left",
     "keep a variable that tells whether the item still has work, and let every item go through every turn"},
    {Rule::atomic_type, "atomic-type", "'%0' on an object of type '%1', which not every device can change in one step",
     "use std::int32_t, std::uint32_t, std::int64_t or std::uint64_t, or, but for and, or and xor, float or double; a "
     "flag or a small count fits a std::uint32_t"},
    {Rule::atomic_object, "atomic-object",
     "'%0' on %1: only numbers in memory that the work-items share can be changed in one step on every device",
     "use it on an element of a std::span<T> of the kernel's or of a SharedArray; what is the item's own needs no "
     "atomic operation"},
    {Rule::heap, "heap", "%0 allocates or frees memory, which devices cannot do in a kernel",
     "use a fixed array, or pass a std::span from the caller"},
    {Rule::exception, "exception", "%0: devices cannot unwind", "write an error code to a span and test it afterwards"},
    {Rule::run_time_type, "run-time-type", "%0 needs type information that devices do not have",
     "use templates or 'if constexpr'"},
    {Rule::mutable_global, "mutable-global", "'%0' is a variable outside the kernel: devices do not share it",
     "pass it as a parameter; a constant may be 'constexpr'"},
    {Rule::non_constant_global, "non-constant-global", "the value of '%0' is not known when the kernel is compiled",
     "make it constexpr, or pass it as a parameter"},
    {Rule::static_local, "static-local", "'%0' is static: work-items would share it",
     "make it a plain local, or 'static constexpr'"},
    {Rule::too_large, "too-large", "with '%0' the variables of one function take %1 bytes: a work-item has room for %2",
     "use smaller arrays, or a std::span that the caller provides"},
    {Rule::inline_assembly, "inline-assembly", "inline assembly runs on one processor only", "write it in C++"},
    {Rule::jump, "jump", "%0 leaves the structure that every device needs",
     "use loops, 'break' and 'continue'; to leave several loops at once, put them into a function and 'return'"},
    {Rule::switch_shape, "switch-shape", "%0 in a switch", "put each 'case' directly into the switch's braces"},
    {Rule::string_literal, "string-literal", "%0 does not exist on every device",
     "use numbers, or a string of plain characters"},
    {Rule::pointer_cast, "pointer-cast", "a cast from '%0' to '%1' looks at memory as another type",
     "use std::bit_cast on the value; for vectors or rows take a std::span of them, as std::span<float4> or "
     "std::span<std::array<float, 16>>, and declare a SharedArray for each type"},
    {Rule::downcast, "downcast", "a cast from the base class '%0' to '%1', which is derived from it",
     "pass the derived object itself, or what the base needs of it, as a parameter"},
    {Rule::memory_function, "memory-function", "'%0' cannot be written for every device: %1",
     "copy or compare elements in a loop or with std::copy and std::equal, use std::bit_cast to see the bits, and "
     "'= {}' for zeros"},
    {Rule::destructor, "destructor", "an object of type '%0' has a destructor that would have to run",
     "use trivially destructible types"},
    {Rule::expression_not_supported, "expression-not-supported", "this expression (%0) cannot run on every device",
     "write it with the language described in docs/reference/kernel-language.md"},
    {Rule::statement_not_supported, "statement-not-supported", "this statement (%0) cannot run on every device",
     "write it with the language described in docs/reference/kernel-language.md"},
};

const RuleText& text_of(Rule rule) {
  return *std::find_if(std::begin(texts), std::end(texts), [&](const RuleText& text) { return text.rule == rule; });
}

}  // namespace

void Reporter::report(clang::SourceLocation location, Rule rule, const std::vector<std::string>& values) {
  failed_ = true;
  const std::pair<unsigned, Rule> place{location.getRawEncoding(), rule};
  if (std::find(seen_.begin(), seen_.end(), place) != seen_.end()) return;
  seen_.push_back(place);

  const RuleText& text = text_of(rule);
  const std::string message = std::string(text.message) + " [" + std::string(text.id) + "]";
  const unsigned id = engine_.getDiagnosticIDs()->getCustomDiagID(clang::DiagnosticIDs::Error, message);
  {
    auto builder = engine_.Report(location, id);
    for (const std::string& value : values) builder << value;
  }
  const unsigned advice = engine_.getDiagnosticIDs()->getCustomDiagID(clang::DiagnosticIDs::Note, text.advice);
  auto builder = engine_.Report(clang::SourceLocation(), advice);
  for (const std::string& value : values) builder << value;
}

void Reporter::reject(clang::SourceLocation location, Rule rule, const std::vector<std::string>& values) {
  report(location, rule, values);
  throw Rejected{};
}

bool Reporter::reported_at(clang::SourceLocation location) const {
  return std::any_of(seen_.begin(), seen_.end(),
                     [&](const auto& place) { return place.first == location.getRawEncoding(); });
}

void Reporter::note(clang::SourceLocation location, const std::string& text) {
  engine_.Report(location, engine_.getDiagnosticIDs()->getCustomDiagID(clang::DiagnosticIDs::Note, "%0")) << text;
}

}  // namespace kernelc
