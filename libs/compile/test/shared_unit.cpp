// What kernelc makes of a source at run time, written by hand: a shared object that exports one unit.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <dotcompute/kernel/abi.h>

#ifndef UNIT_SYMBOL
#define UNIT_SYMBOL "dotcompute_unit"
#endif
#ifndef UNIT_ABI_VERSION
#define UNIT_ABI_VERSION DOTCOMPUTE_ABI_VERSION
#endif
#ifndef UNIT_KERNEL_COUNT
#define UNIT_KERNEL_COUNT 1
#endif

namespace {

/// The argument block of `void (float a, std::span<const float> x, std::span<float> y)`.
struct Block {
  float a;
  dotcompute_span x;
  dotcompute_span y;
};

// Kept in the object, so that two loads of one file can be told apart.
std::uint64_t calls = 0;

void run(const void* arguments, const dotcompute_grid*, const dotcompute_box* items) {
  const auto& block = *static_cast<const Block*>(arguments);
  const auto* x = static_cast<const float*>(block.x.data);
  auto* y = static_cast<float*>(block.y.data);
  for (std::uint64_t i = items->begin[0]; i < items->end[0]; ++i) y[i] = block.a * std::exp(x[i]) + y[i];
  ++calls;
  if (items->begin[0] == items->end[0] && block.y.size == 1) y[0] = static_cast<float>(calls);
}

constexpr dotcompute_type float_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};
constexpr dotcompute_parameter parameters[] = {{"a", DOTCOMPUTE_PARAMETER_VALUE, 0, &float_type, offsetof(Block, a)},
                                               {"x", DOTCOMPUTE_PARAMETER_SPAN, 0, &float_type, offsetof(Block, x)},
                                               {"y", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, offsetof(Block, y)}};
constexpr dotcompute_cpu_code code[] = {{DOTCOMPUTE_ISA_X86_64_V2, 1, &run}};
/// What is not named is none or zero.
constexpr dotcompute_kernel fixture_kernel() {
  dotcompute_kernel kernel{};
  kernel.struct_size = sizeof(dotcompute_kernel);
  kernel.dimensions = 1;
  kernel.name = "fixture::accumulate";
  kernel.mangled_name = "_ZN7fixture10accumulateE";
  kernel.source_file = "fixture.cpp";
  kernel.source_line = 7;
  kernel.parameter_count = 3;
  kernel.parameters = parameters;
  kernel.block_size = sizeof(Block);
  kernel.block_alignment = alignof(Block);
  kernel.content_hash = "0123456789abcdef";
  kernel.reference = &run;
  kernel.cpu = code;
  kernel.cpu_count = 1;
  kernel.cost = {2, 1, 2, 1};
  return kernel;
}
constexpr dotcompute_kernel kernels[] = {fixture_kernel()};

}  // namespace

// The symbol has the name of its type, which C++ allows in the assembler only.
extern dotcompute_unit exported_unit asm(UNIT_SYMBOL);
__attribute__((visibility("default"))) dotcompute_unit exported_unit = {
    sizeof(dotcompute_unit), UNIT_ABI_VERSION, "0.1.0", "fixture.cpp", kernels, UNIT_KERNEL_COUNT, nullptr};
