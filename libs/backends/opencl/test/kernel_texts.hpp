#pragma once

/// Records of kernels with texts in OpenCL C written by hand, by the convention of abi.h.

#include <array>
#include <cstddef>
#include <cstdint>

#include <dotcompute/kernel/abi.h>
#include <dotcompute/kernel/definition.hpp>

namespace dotcompute::test {

/// What every text begins with.
#define DOTCOMPUTE_TEST_INDEX \
  "#if DOTCOMPUTE_NARROW\n"   \
  "typedef uint index_t;\n"   \
  "#else\n"                   \
  "typedef ulong index_t;\n"  \
  "#endif\n"                  \
  "#pragma OPENCL FP_CONTRACT OFF\n"

inline constexpr dotcompute_type float_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT32, 4, 4, "float", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_type double_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_FLOAT64, 8, 8, "double", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_type uint32_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_UINT32, 4, 4, "unsigned int", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_type uint64_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_UINT64, 8, 8, "unsigned long", nullptr, 0, nullptr, 0};
inline constexpr dotcompute_type bool_type{
    DOTCOMPUTE_TYPE_SCALAR, DOTCOMPUTE_SCALAR_BOOL, 1, 1, "bool", nullptr, 0, nullptr, 0};

/// A record of one kernel; its address is what a KernelDefinition refers to.
template <std::size_t ParameterCount>
class TextKernel {
 public:
  TextKernel(const char* name, int dimensions, std::array<dotcompute_parameter, ParameterCount> parameters,
             std::uint64_t block_size, dotcompute_source source)
      : parameters_(parameters), source_(source) {
    record_.struct_size = sizeof record_;
    record_.dimensions = static_cast<std::uint32_t>(dimensions);
    record_.name = name;
    record_.mangled_name = "dotcompute_no_such_symbol";
    record_.source_file = "texts.cpp";
    record_.source_line = 12;
    record_.parameter_count = static_cast<std::uint32_t>(ParameterCount);
    record_.parameters = parameters_.data();
    record_.block_size = block_size;
    record_.block_alignment = 8;
    record_.content_hash = "0";
    record_.sources = &source_;
    record_.source_count = 1;
  }
  TextKernel(const TextKernel&) = delete;
  TextKernel& operator=(const TextKernel&) = delete;

  [[nodiscard]] KernelDefinition definition() const { return KernelDefinition(record_); }
  dotcompute_source& source() { return source_; }
  dotcompute_kernel& record() { return record_; }

 private:
  std::array<dotcompute_parameter, ParameterCount> parameters_;
  dotcompute_source source_;
  dotcompute_kernel record_{};
};

inline constexpr dotcompute_source opencl_text(const char* text, const char* entry, std::uint32_t features = 0) {
  return {DOTCOMPUTE_LANGUAGE_OPENCL_C, features, text, entry, nullptr};
}

constexpr dotcompute_parameter value_parameter(const char* name, const dotcompute_type& type, std::uint64_t offset) {
  return {name, DOTCOMPUTE_PARAMETER_VALUE, 0, &type, offset};
}
constexpr dotcompute_parameter span_parameter(const char* name, const dotcompute_type& type, std::uint64_t offset,
                                              bool written) {
  return {name, DOTCOMPUTE_PARAMETER_SPAN, written ? 1u : 0u, &type, offset};
}

/// y[i] = a * x[i] + y[i], without contraction.
struct SaxpyKernel : TextKernel<3> {
  struct Block {
    float a;
    dotcompute_span x;
    dotcompute_span y;
  };
  SaxpyKernel()
      : TextKernel(
            "test::saxpy", 1,
            {value_parameter("a", float_type, 0), span_parameter("x", float_type, 8, false),
             span_parameter("y", float_type, 24, true)},
            sizeof(Block),
            opencl_text(DOTCOMPUTE_TEST_INDEX
                        "__kernel void saxpy(float a, __global const float* x, index_t x_size, index_t x_begin,\n"
                        "    __global float* y, index_t y_size, index_t y_begin, index_t grid_x, index_t "
                        "first_x) {\n"
                        "  const index_t i = first_x + (index_t)get_global_id(0);\n"
                        "  if (i >= grid_x) return;\n"
                        "  x = (__global const float*)((__global const char*)x + x_begin);\n"
                        "  y = (__global float*)((__global char*)y + y_begin);\n"
                        "  if (i < y_size && i < x_size) y[i] = a * x[i] + y[i];\n"
                        "}\n",
                        "saxpy")) {}
};

/// Adds one to the place of each item of a grid of three dimensions.
struct VisitKernel : TextKernel<1> {
  VisitKernel()
      : TextKernel("test::visit", 3, {span_parameter("visits", uint32_type, 0, true)}, sizeof(dotcompute_span),
                   opencl_text(DOTCOMPUTE_TEST_INDEX
                               "__kernel void visit(__global uint* visits, index_t size, index_t begin,\n"
                               "    index_t grid_x, index_t grid_y, index_t grid_z,\n"
                               "    index_t first_x, index_t first_y, index_t first_z) {\n"
                               "  const index_t x = first_x + (index_t)get_global_id(0);\n"
                               "  const index_t y = first_y + (index_t)get_global_id(1);\n"
                               "  const index_t z = first_z + (index_t)get_global_id(2);\n"
                               "  if (x >= grid_x || y >= grid_y || z >= grid_z) return;\n"
                               "  visits = (__global uint*)((__global char*)visits + begin);\n"
                               "  const ulong i = x + (ulong)grid_x * (y + (ulong)grid_y * z);\n"
                               "  if (i < size) visits[i] += 1;\n"
                               "}\n",
                               "visit")) {}
};

/// y[i] = a * x[i] + y[i] over the whole grid, as a user writes it in OpenCL C: without guard.
struct RawSaxpyKernel : TextKernel<3> {
  RawSaxpyKernel()
      : TextKernel("user::saxpy", 1,
                   {value_parameter("a", float_type, 0), span_parameter("x", float_type, 8, false),
                    span_parameter("y", float_type, 24, true)},
                   sizeof(SaxpyKernel::Block),
                   opencl_text("__kernel void other(__global float* z) { z[0] = 1; }\n"
                               "__kernel void user_saxpy(float a, __global const float* x, __global float* y) {\n"
                               "  const size_t i = get_global_id(0);\n"
                               "  y[i] = a * x[i] + y[i];\n"
                               "}\n",
                               "user_saxpy", DOTCOMPUTE_FEATURE_RAW)) {}
};

}  // namespace dotcompute::test
