#pragma once

/// Units as generated objects hold them, made by hand.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <dotcompute/kernel/abi.h>

namespace dotcompute::test {

inline constexpr dotcompute_type float_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};

inline dotcompute_parameter float_value(const char* name) {
  return {name, DOTCOMPUTE_PARAMETER_VALUE, 0, &float_type, 0};
}
inline dotcompute_parameter float_span(const char* name, bool written) {
  return {name, DOTCOMPUTE_PARAMETER_SPAN, written ? 1u : 0u, &float_type, 0};
}

inline void run_nothing(const void*, const dotcompute_grid*, const dotcompute_box*) {}

/// A unit of kernels; keeps everything its records point to.
class UnitFixture {
 public:
  explicit UnitFixture(const char* source_file) {
    unit.struct_size = sizeof unit;
    unit.abi_version = DOTCOMPUTE_ABI_VERSION;
    unit.kernelc_version = "0.1.0";
    unit.source_file = source_file;
  }
  UnitFixture(const UnitFixture&) = delete;
  UnitFixture& operator=(const UnitFixture&) = delete;

  UnitFixture& add(const char* name, void (*function)(), std::vector<dotcompute_parameter> parameters,
                   const char* content_hash = "0", const char* mangled_name = "dotcompute_no_such_symbol") {
    parameters_.push_back(std::move(parameters));
    dotcompute_kernel kernel{};
    kernel.struct_size = sizeof kernel;
    kernel.dimensions = 1;
    kernel.name = name;
    kernel.mangled_name = mangled_name;
    kernel.function = function;
    kernel.source_file = unit.source_file;
    kernel.source_line = 12;
    kernel.parameter_count = static_cast<std::uint32_t>(parameters_.back().size());
    kernel.parameters = parameters_.back().data();
    kernel.content_hash = content_hash;
    kernel.reference = &run_nothing;
    kernels_.push_back(kernel);
    unit.kernels = kernels_.data();
    unit.kernel_count = kernels_.size();
    return *this;
  }

  dotcompute_unit unit{};

 private:
  std::vector<dotcompute_kernel> kernels_;
  std::deque<std::vector<dotcompute_parameter>> parameters_;
};

}  // namespace dotcompute::test
