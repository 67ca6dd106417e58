#include "test_kernels.hpp"

#include <cstring>
#include <tuple>
#include <type_traits>

#include <dotcompute/kernel.hpp>

namespace demo {

DOTCOMPUTE_KERNEL void saxpy(float a, std::span<const float> x, std::span<float> y) {
  const std::size_t i = dotcompute::global_id();
  if (i < x.size() && i < y.size()) y[i] = a * x[i] + y[i];
}
DOTCOMPUTE_KERNEL void vector_add(std::span<const float> a, std::span<const float> b, std::span<float> sum) {
  const std::size_t i = dotcompute::global_id();
  if (i < sum.size()) sum[i] = a[i] + b[i];
}
DOTCOMPUTE_KERNEL void count_up(std::uint32_t first, std::span<std::uint32_t> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = first + static_cast<std::uint32_t>(i);
}
DOTCOMPUTE_KERNEL void split(std::span<const std::int32_t> in, std::span<std::int32_t> low,
                             std::span<std::int32_t> high) {
  const std::size_t i = dotcompute::global_id();
  if (i >= in.size()) return;
  low[i] = in[i] & 0xffff;
  high[i] = in[i] >> 16;
}
DOTCOMPUTE_KERNEL void plane(std::span<const std::uint16_t> in, std::span<std::uint16_t> out) {
  const std::size_t i = dotcompute::global_id<1>() * dotcompute::global_size<0>() + dotcompute::global_id<0>();
  if (i < out.size()) out[i] = static_cast<std::uint16_t>(in[i] + 1);
}
DOTCOMPUTE_KERNEL void push(Particle force, std::span<Particle> particles) {
  const std::size_t i = dotcompute::global_id();
  if (i < particles.size()) particles[i].position[1] += force.position[1];
}
DOTCOMPUTE_KERNEL void flags(bool value, std::span<bool> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = value;
}
DOTCOMPUTE_KERNEL void scale(double factor, std::span<double> values) {
  const std::size_t i = dotcompute::global_id();
  if (i < values.size()) values[i] *= factor;
}
DOTCOMPUTE_KERNEL void nothing() {}
DOTCOMPUTE_KERNEL void failing(std::span<float> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = 1;
}
DOTCOMPUTE_KERNEL void refused(std::span<float> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = 2;
}
void unregistered(std::span<float>) {}
DOTCOMPUTE_KERNEL void spin(std::span<std::uint64_t> out) {
  const std::size_t i = dotcompute::global_id();
  if (i < out.size()) out[i] = i;
}

}  // namespace demo

namespace dotcompute::test {

namespace {

template <std::uint32_t Scalar, class T>
constexpr dotcompute_type scalar_type(const char* name) {
  return {DOTCOMPUTE_TYPE_SCALAR, Scalar, sizeof(T), alignof(T), name, nullptr, 0, nullptr, 0};
}
const dotcompute_type bool_type = scalar_type<DOTCOMPUTE_SCALAR_BOOL, bool>("bool");
const dotcompute_type int32_type = scalar_type<DOTCOMPUTE_SCALAR_INT32, std::int32_t>("int");
const dotcompute_type uint16_type = scalar_type<DOTCOMPUTE_SCALAR_UINT16, std::uint16_t>("unsigned short");
const dotcompute_type uint32_type = scalar_type<DOTCOMPUTE_SCALAR_UINT32, std::uint32_t>("unsigned int");
const dotcompute_type uint64_type = scalar_type<DOTCOMPUTE_SCALAR_UINT64, std::uint64_t>("unsigned long");
const dotcompute_type float_type = scalar_type<DOTCOMPUTE_SCALAR_FLOAT32, float>("float");
const dotcompute_type double_type = scalar_type<DOTCOMPUTE_SCALAR_FLOAT64, double>("double");
const dotcompute_type float3_type{DOTCOMPUTE_TYPE_ARRAY, 0, 12, 4, "float[3]", nullptr, 0, &float_type, 3};
const dotcompute_field particle_fields[] = {{"position", offsetof(demo::Particle, position), &float3_type},
                                            {"charge", offsetof(demo::Particle, charge), &int32_type},
                                            {"mass", offsetof(demo::Particle, mass), &double_type}};
const dotcompute_type particle_type{DOTCOMPUTE_TYPE_STRUCT,
                                    0,
                                    sizeof(demo::Particle),
                                    alignof(demo::Particle),
                                    "demo::Particle",
                                    particle_fields,
                                    3,
                                    nullptr,
                                    0};

/// Reads parameters out of a block in order, as the layout rules say.
class BlockReader {
 public:
  explicit BlockReader(const void* block) : block_(static_cast<const char*>(block)) {}

  template <class P>
  P next(std::type_identity<P>) {
    P value;
    align(alignof(P));
    std::memcpy(&value, block_ + offset_, sizeof value);
    offset_ += sizeof value;
    return value;
  }
  template <class T>
  std::span<T> next(std::type_identity<std::span<T>>) {
    dotcompute_span span;
    align(alignof(dotcompute_span));
    std::memcpy(&span, block_ + offset_, sizeof span);
    offset_ += sizeof span;
    return {static_cast<T*>(span.data), span.size};
  }

 private:
  void align(std::size_t alignment) { offset_ = (offset_ + alignment - 1) / alignment * alignment; }
  const char* block_;
  std::size_t offset_ = 0;
};

/// A real entry: calls the function for every item of the box.
template <auto Kernel, class... P>
void call_items(void (*)(P...), const void* arguments, const dotcompute_grid* grid, const dotcompute_box* box) {
  BlockReader reader(arguments);
  // Braces evaluate in order.
  const std::tuple<P...> values{reader.next(std::type_identity<P>{})...};
  detail::Item& item = detail::current_item;
  const detail::Item outer = item;
  for (int d = 0; d < 3; ++d) item.grid[d] = grid->size[d];
  for (item.id[2] = box->begin[2]; item.id[2] < box->end[2]; ++item.id[2]) {
    for (item.id[1] = box->begin[1]; item.id[1] < box->end[1]; ++item.id[1]) {
      for (item.id[0] = box->begin[0]; item.id[0] < box->end[0]; ++item.id[0]) std::apply(Kernel, values);
    }
  }
  item = outer;
}
template <auto Kernel>
void entry(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* box) {
  call_items<Kernel>(Kernel, arguments, grid, box);
}

const dotcompute_parameter saxpy_parameters[] = {{"a", DOTCOMPUTE_PARAMETER_VALUE, 0, &float_type, 0},
                                                 {"x", DOTCOMPUTE_PARAMETER_SPAN, 0, &float_type, 8},
                                                 {"y", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, 24}};
const dotcompute_parameter vector_add_parameters[] = {{"a", DOTCOMPUTE_PARAMETER_SPAN, 0, &float_type, 0},
                                                      {"b", DOTCOMPUTE_PARAMETER_SPAN, 0, &float_type, 16},
                                                      {"sum", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, 32}};
const dotcompute_parameter count_up_parameters[] = {{"first", DOTCOMPUTE_PARAMETER_VALUE, 0, &uint32_type, 0},
                                                    {"out", DOTCOMPUTE_PARAMETER_SPAN, 1, &uint32_type, 8}};
const dotcompute_parameter split_parameters[] = {{"in", DOTCOMPUTE_PARAMETER_SPAN, 0, &int32_type, 0},
                                                 {"low", DOTCOMPUTE_PARAMETER_SPAN, 1, &int32_type, 16},
                                                 {"high", DOTCOMPUTE_PARAMETER_SPAN, 1, &int32_type, 32}};
const dotcompute_parameter plane_parameters[] = {{"in", DOTCOMPUTE_PARAMETER_SPAN, 0, &uint16_type, 0},
                                                 {"out", DOTCOMPUTE_PARAMETER_SPAN, 1, &uint16_type, 16}};
const dotcompute_parameter push_parameters[] = {{"force", DOTCOMPUTE_PARAMETER_VALUE, 0, &particle_type, 0},
                                                {"particles", DOTCOMPUTE_PARAMETER_SPAN, 1, &particle_type, 24}};
const dotcompute_parameter flags_parameters[] = {{"value", DOTCOMPUTE_PARAMETER_VALUE, 0, &bool_type, 0},
                                                 {"out", DOTCOMPUTE_PARAMETER_SPAN, 1, &bool_type, 8}};
const dotcompute_parameter scale_parameters[] = {{"factor", DOTCOMPUTE_PARAMETER_VALUE, 0, &double_type, 0},
                                                 {"values", DOTCOMPUTE_PARAMETER_SPAN, 1, &double_type, 8}};
const dotcompute_parameter out_parameters[] = {{"out", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, 0}};
const dotcompute_parameter spin_parameters[] = {{"out", DOTCOMPUTE_PARAMETER_SPAN, 1, &uint64_type, 0}};

constexpr const char* hash_of_no_interest = "0000000000000000000000000000000000000000000000000000000000000000";

#ifdef __x86_64__
constexpr std::uint32_t lowest_isa = DOTCOMPUTE_ISA_X86_64_V2;
#else
constexpr std::uint32_t lowest_isa = DOTCOMPUTE_ISA_AARCH64;
#endif
template <auto Kernel>
const dotcompute_cpu_code cpu_code[] = {{lowest_isa, 1, &entry<Kernel>}};

template <auto Kernel>
dotcompute_kernel kernel(const char* name, const char* mangled, std::span<const dotcompute_parameter> parameters,
                         std::uint64_t block_size, std::uint32_t dimensions = 1) {
  dotcompute_kernel record{};
  record.struct_size = sizeof record;
  record.dimensions = dimensions;
  record.name = name;
  record.mangled_name = mangled;
  record.function = reinterpret_cast<void (*)()>(Kernel);
  record.source_file = "test_kernels.cpp";
  record.source_line = 1;
  record.parameter_count = static_cast<std::uint32_t>(parameters.size());
  record.parameters = parameters.data();
  record.block_size = block_size;
  record.block_alignment = 8;
  record.content_hash = hash_of_no_interest;
  record.reference = &entry<Kernel>;
  record.cpu = cpu_code<Kernel>;
  record.cpu_count = 1;
  // A cost that makes launches of some thousand items worth sharing between threads.
  record.cost = {.arithmetic = 2, .math_calls = 0, .loads = 2, .stores = 1};
  return record;
}

dotcompute_unit unit_of(std::span<const dotcompute_kernel> kernels) {
  return {sizeof(dotcompute_unit), DOTCOMPUTE_ABI_VERSION, "0.1.0", "test_kernels.cpp",
          kernels.data(),          kernels.size(),         nullptr};
}

void late_scale_2(std::span<float> values) { values[global_id()] *= 2; }
void late_scale_3(std::span<float> values) { values[global_id()] *= 3; }
void late_scale_by(float factor, std::span<float> values) { values[global_id()] *= factor; }

const dotcompute_parameter late_parameters[] = {{"values", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, 0}};
const dotcompute_parameter late_by_parameters[] = {{"factor", DOTCOMPUTE_PARAMETER_VALUE, 0, &float_type, 0},
                                                   {"values", DOTCOMPUTE_PARAMETER_SPAN, 1, &float_type, 8}};

/// As a kernel that arrives at run time: no function in the program.
template <auto Kernel>
dotcompute_kernel late_kernel(std::span<const dotcompute_parameter> parameters, std::uint64_t block_size,
                              const char* hash) {
  dotcompute_kernel record = kernel<Kernel>("late::scale", "_ZN4late5scaleEv", parameters, block_size);
  record.function = nullptr;
  record.content_hash = hash;
  return record;
}

}  // namespace

dotcompute_unit& demo_unit() {
  using namespace demo;
  static const dotcompute_kernel kernels[] = {
      kernel<saxpy>("demo::saxpy", "_ZN4demo5saxpyEfSt4spanIKfLm18446744073709551615EES0_IfLm18446744073709551615EE",
                    saxpy_parameters, 40),
      kernel<vector_add>("demo::vector_add", "_ZN4demo10vector_addE", vector_add_parameters, 48),
      kernel<count_up>("demo::count_up", "_ZN4demo8count_upE", count_up_parameters, 24),
      kernel<split>("demo::split", "_ZN4demo5splitE", split_parameters, 48),
      kernel<plane>("demo::plane", "_ZN4demo5planeE", plane_parameters, 32, 2),
      kernel<push>("demo::push", "_ZN4demo4pushE", push_parameters, 40),
      kernel<flags>("demo::flags", "_ZN4demo5flagsE", flags_parameters, 24),
      kernel<scale>("demo::scale", "_ZN4demo5scaleE", scale_parameters, 24),
      kernel<nothing>("demo::nothing", "_ZN4demo7nothingE", {}, 0),
      kernel<failing>("demo::failing", "_ZN4demo7failingE", out_parameters, 16),
      kernel<refused>("demo::refused", "_ZN4demo7refusedE", out_parameters, 16),
      kernel<spin>("demo::spin", "_ZN4demo4spinE", spin_parameters, 16),
  };
  static dotcompute_unit unit = unit_of(kernels);
  return unit;
}

dotcompute_unit& late_unit(int variant) {
  static const dotcompute_kernel twice[] = {late_kernel<late_scale_2>(
      late_parameters, 16, "2222222222222222222222222222222222222222222222222222222222222222")};
  static const dotcompute_kernel thrice[] = {late_kernel<late_scale_3>(
      late_parameters, 16, "3333333333333333333333333333333333333333333333333333333333333333")};
  static const dotcompute_kernel by[] = {late_kernel<late_scale_by>(
      late_by_parameters, 24, "4444444444444444444444444444444444444444444444444444444444444444")};
  static dotcompute_unit units[] = {unit_of(twice), unit_of(thrice), unit_of(by)};
  return units[variant];
}

}  // namespace dotcompute::test
