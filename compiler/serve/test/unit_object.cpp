// An object as the code generator leaves it: one visible symbol, hidden code that calls the C and mathematics
// libraries.
#include <cmath>
#include <cstdint>
#include <cstring>

#include <dotcompute/kernel/abi.h>

#ifndef UNIT_SYMBOL
#define UNIT_SYMBOL "dotcompute_unit"
#endif

#ifdef UNIT_CALLS_UNKNOWN
extern "C" void somebody_elses_function();
#endif

__attribute__((visibility("default"))) int not_exported_either = 1;

namespace {

// As the reference keeps its work-item; volatile, so that it stays.
thread_local volatile std::uint64_t current_item = 0;

void run(const void* arguments, const dotcompute_grid*, const dotcompute_box* items) {
  const auto& span = *static_cast<const dotcompute_span*>(arguments);
  auto* values = static_cast<double*>(span.data);
  for (std::uint64_t i = items->begin[0]; i < items->end[0]; ++i) {
    current_item = i;
    values[i] = std::tgamma(values[i]);
  }
  std::memmove(values, values + items->begin[0], (items->end[0] - items->begin[0]) * sizeof(double));
#ifdef UNIT_CALLS_UNKNOWN
  somebody_elses_function();
#endif
}

constexpr dotcompute_type double_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT64, 8, 8, "double", nullptr, 0, nullptr, 0};
constexpr dotcompute_parameter parameters[] = {{"values", DOTCOMPUTE_PARAMETER_SPAN, 1, &double_type, 0}};
/// What is not named is none or zero.
constexpr dotcompute_kernel fixture_kernel() {
  dotcompute_kernel kernel{};
  kernel.struct_size = sizeof(dotcompute_kernel);
  kernel.dimensions = 1;
  kernel.name = "fixture::gamma";
  kernel.mangled_name = "_ZN7fixture5gammaE";
  kernel.source_file = "fixture.cpp";
  kernel.source_line = 7;
  kernel.parameter_count = 1;
  kernel.parameters = parameters;
  kernel.block_size = 16;
  kernel.block_alignment = 8;
  kernel.content_hash = "0";
  kernel.reference = &run;
  return kernel;
}
constexpr dotcompute_kernel kernels[] = {fixture_kernel()};

}  // namespace

// The symbol has the name of its type, which C++ allows in the assembler only.
extern dotcompute_unit exported_unit asm(UNIT_SYMBOL);
__attribute__((visibility("default"))) dotcompute_unit exported_unit = {
    sizeof(dotcompute_unit), DOTCOMPUTE_ABI_VERSION, "0.1.0", "fixture.cpp", kernels, 1, nullptr};
