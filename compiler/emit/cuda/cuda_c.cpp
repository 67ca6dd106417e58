/// CUDA C, as NVRTC takes it without any header.

#include <algorithm>
#include <array>

#include "emit/source/dialect.hpp"
#include "emit/source/routines.hpp"
#include "emit/source/words.hpp"

namespace kernelc::source {

namespace {

// What a text may declare without asking the driver for more (NVIDIA, "CUDA C++ Programming Guide", Technical
// Specifications per Compute Capability).
constexpr std::uint64_t most_static_shared_bytes = 48 * 1024;

constexpr auto words = std::to_array<std::string_view>({
    "assert",
    "atomicAdd",
    "atomicAnd",
    "atomicCAS",
    "atomicDec",
    "atomicExch",
    "atomicInc",
    "atomicMax",
    "atomicMin",
    "atomicOr",
    "atomicSub",
    "atomicXor",
    "blockDim",
    "blockIdx",
    "clock",
    "clock64",
    "cudaError_t",
    "cudaStream_t",
    "cyl_bessel_i0",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp10",
    "fdivide",
    "free",
    "gridDim",
    "j0",
    "j1",
    "jn",
    "llabs",
    "labs",
    "malloc",
    "max",
    "min",
    "norm",
    "norm3d",
    "norm4d",
    "normcdf",
    "normcdfinv",
    "printf",
    "rcbrt",
    "rhypot",
    "rnorm",
    "rnorm3d",
    "rnorm4d",
    "rsqrt",
    "saturate",
    "sincos",
    "sincospi",
    "sinpi",
    "cospi",
    "surfaceReference",
    "textureReference",
    "threadIdx",
    "trap",
    "umin",
    "umax",
    "warpSize",
    "y0",
    "y1",
    "yn",
});

bool is_reserved(std::string_view name) {
  const std::string_view base = name.ends_with('f') ? name.substr(0, name.size() - 1) : name;
  return is_common_word(name) || std::find(words.begin(), words.end(), name) != words.end() ||
         std::find(words.begin(), words.end(), base) != words.end() || name.starts_with("cuda");
}

class CudaC final : public Dialect {
 public:
  std::string_view scalar(ScalarType type) const override {
    switch (type) {
      case ScalarType::boolean: return "bool";
      case ScalarType::int8: return "schar";
      case ScalarType::int16: return "short";
      case ScalarType::int32: return "int";
      case ScalarType::int64: return "slong";
      case ScalarType::uint8: return "uchar";
      case ScalarType::uint16: return "ushort";
      case ScalarType::uint32: return "uint";
      case ScalarType::uint64: return "ulong";
      case ScalarType::float32: return "float";
      case ScalarType::float64: return "double";
    }
    return "";
  }

  std::string_view space(Space) const override { return ""; }
  std::string_view function_prefix() const override { return "static __device__ "; }
  std::string_view table_prefix() const override { return "static __device__ const "; }
  std::string_view long_suffix() const override { return "ll"; }

  std::string preamble(const TextNeeds& needs) const override {
    return std::string(needs.fast_math ? "// Fast math is allowed: --use_fast_math.\n"
                                       : "// To be compiled with --fmad=false: the arithmetic is as it is written.\n") +
           "typedef signed char schar;\n"
           "typedef unsigned char uchar;\n"
           "typedef unsigned short ushort;\n"
           "typedef unsigned int uint;\n"
           "typedef long long slong;\n"
           "typedef unsigned long long ulong;\n";
  }

  // The conversions of the processor; a NaN has the same bits everywhere.
  std::vector<std::string> native_body(model::KnownFunction function, const std::string& operand) const override {
    if (function == model::KnownFunction::half_from_float) {
      return {"ushort bits;", "asm(\"cvt.rn.f16.f32 %0, %1;\" : \"=h\"(bits) : \"f\"(" + operand + "));",
              "const uint all = __float_as_uint(" + operand + ");",
              "const uint quiet = (all >> 16 & 0x8000u) | 0x7e00u | (all >> 13 & 0x3ffu);",
              "return (all & 0x7fffffffu) > 0x7f800000u ? (ushort)quiet : bits;"};
    }
    if (function == model::KnownFunction::half_to_float) {
      return {"float number;", "asm(\"cvt.f32.f16 %0, %1;\" : \"=f\"(number) : \"h\"(" + operand + "));",
              "const uint quiet = (" + operand + " & 0x8000u) << 16 | 0x7fc00000u | (" + operand + " & 0x3ffu) << 13;",
              "return (" + operand + " & 0x7fffu) > 0x7c00u ? __uint_as_float(quiet) : number;"};
    }
    return {};
  }

  std::string entry_prefix(const model::GroupUse& group) const override {
    const std::string prefix = "extern \"C\" __global__ void ";
    return group.is_fixed() ? prefix + "__launch_bounds__(" + std::to_string(group.fixed_items()) + ") " : prefix;
  }

  std::string position(int dimension) const override {
    const std::string along = axis(dimension);
    return "(ulong)blockIdx." + along + " * blockDim." + along + " + threadIdx." + along;
  }

  std::string local_position(int dimension) const override { return "threadIdx." + axis(dimension); }
  std::string group_position(int dimension) const override { return "blockIdx." + axis(dimension); }
  std::string group_size(int dimension) const override { return "blockDim." + axis(dimension); }
  std::string_view barrier() const override { return "__syncthreads()"; }
  std::string_view shared_prefix() const override { return "__shared__ "; }
  std::uint64_t most_shared_bytes() const override { return most_static_shared_bytes; }

  std::string special_number(std::uint64_t bits, ScalarType type, bool is_constant) const override {
    const bool is_double = type == ScalarType::float64;
    if (!is_constant) {
      return is_double ? "__longlong_as_double(" + std::to_string(static_cast<std::int64_t>(bits)) + "ll)"
                       : "__uint_as_float(" + std::to_string(bits) + "u)";
    }
    return constant_special(bits, type);
  }

  std::string to_integer(const std::string& value, ScalarType, ScalarType to, Routines&) const override {
    // The conversion saturates; to narrow types it goes through 32 bits.
    const std::string type(scalar(to));
    if (dotcompute::size_bytes(to) >= 4) return "(" + type + ")(" + value + ")";
    return "(" + type + ")(int)(" + value + ")";
  }

  std::string same_bits(const std::string& value, ScalarType from, ScalarType to) const override {
    if (from == ScalarType::float32) return cast(to, "__float_as_int(" + value + ")");
    if (from == ScalarType::float64) return cast(to, "__double_as_longlong(" + value + ")");
    if (to == ScalarType::float32) return "__int_as_float((int)(" + value + "))";
    if (to == ScalarType::float64) return "__longlong_as_double((slong)(" + value + "))";
    return cast(to, "(" + value + ")");
  }

  std::string count_ones(const std::string& value, ScalarType type) const override {
    return (type == ScalarType::uint64 ? "__popcll(" : "__popc(") + value + ")";
  }

  std::string count_leading_zeros(const std::string& value, ScalarType type) const override {
    return (type == ScalarType::uint64 ? "__clzll((slong)(" : "__clz((int)(") + value + "))";
  }

  std::string math(const model::MathFunction& function, ScalarType operand, const std::vector<std::string>& operands,
                   Routines&) const override {
    std::string name(function.name);
    // A long has 64 bits in the model, whatever the platform's has.
    if (name == "lrint" || name == "lround") name = "l" + name;
    if (name == "scalbln") name = "scalbn";
    if (operand == ScalarType::float32) name += "f";
    std::string list;
    for (const std::string& each : operands) list += (list.empty() ? "" : ", ") + each;
    if (function.name == "scalbln") {
      const std::string& places = operands[1];
      list = operands[0] + ", (int)((" + places + ") < -10000 ? -10000 : (" + places + ") > 10000 ? 10000 : (" +
             places + "))";
    }
    return name + "(" + list + ")";
  }

  std::optional<std::string> atomic(const AtomicCall& call, Routines&) const override {
    using Op = model::AtomicOperation;
    const std::string type(scalar(call.type));
    const auto by = [&](std::string_view name) {
      std::string code = std::string(name) + "(" + call.pointer;
      for (const std::string& value : call.values) code += ", " + value;
      return code + ")";
    };
    // A volatile access is one access.
    if (call.op == Op::load) return "*(const volatile " + type + "*)" + call.pointer;
    if (call.op == Op::store) return "*(volatile " + type + "*)" + call.pointer + " = " + call.values[0];
    if (dotcompute::is_floating_point(call.type)) {
      if (call.op == Op::add) return by("atomicAdd");
      if (call.op == Op::subtract) return "atomicAdd(" + call.pointer + ", -(" + call.values[0] + "))";
      return std::nullopt;
    }
    // Of 64 bits there are only the smaller and the larger for signed integers, and no difference.
    if (call.op == Op::minimum) return by("atomicMin");
    if (call.op == Op::maximum) return by("atomicMax");
    if (call.type == ScalarType::int64) return std::nullopt;
    switch (call.op) {
      case Op::add: return by("atomicAdd");
      case Op::subtract:
        if (call.type != ScalarType::uint64) return by("atomicSub");
        return "atomicAdd(" + call.pointer + ", -(" + call.values[0] + "))";
      case Op::bit_and: return by("atomicAnd");
      case Op::bit_or: return by("atomicOr");
      case Op::bit_xor: return by("atomicXor");
      case Op::exchange: return by("atomicExch");
      default: return by("atomicCAS");
    }
  }

  bool (*reserved() const)(std::string_view) override { return is_reserved; }

 private:
  static std::string axis(int dimension) { return {"xyz"[dimension]}; }

  std::string cast(ScalarType to, const std::string& value) const {
    return "(" + std::string(scalar(to)) + ")" + value;
  }
};

}  // namespace

const Dialect& cuda_c() {
  static const CudaC dialect;
  return dialect;
}

}  // namespace kernelc::source
