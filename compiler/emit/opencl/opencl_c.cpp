/// OpenCL C 1.2.

#include <algorithm>
#include <array>

#include "emit/source/dialect.hpp"
#include "emit/source/routines.hpp"
#include "emit/source/words.hpp"

namespace kernelc::source {

namespace {

constexpr auto words = std::to_array<std::string_view>({
    "add_sat",
    "all",
    "any",
    "async_work_group_copy",
    "atomic_add",
    "atomic_and",
    "atomic_cmpxchg",
    "atomic_dec",
    "atomic_inc",
    "atomic_max",
    "atomic_min",
    "atomic_or",
    "atomic_sub",
    "atomic_xchg",
    "atomic_xor",
    "barrier",
    "bitselect",
    "clamp",
    "constant",
    "cross",
    "degrees",
    "distance",
    "dot",
    "fast_distance",
    "fast_length",
    "fast_normalize",
    "fract",
    "get_global_id",
    "get_global_offset",
    "get_global_size",
    "get_group_id",
    "get_local_id",
    "get_local_size",
    "get_num_groups",
    "get_work_dim",
    "global",
    "hadd",
    "image1d_t",
    "image2d_t",
    "image3d_t",
    "kernel",
    "length",
    "local",
    "mad",
    "mad24",
    "mad_hi",
    "mad_sat",
    "maxmag",
    "mem_fence",
    "minmag",
    "mix",
    "mul24",
    "mul_hi",
    "nan",
    "normalize",
    "pown",
    "powr",
    "prefetch",
    "printf",
    "radians",
    "read_mem_fence",
    "read_only",
    "read_write",
    "rhadd",
    "rootn",
    "rotate",
    "rsqrt",
    "sampler_t",
    "select",
    "shuffle",
    "shuffle2",
    "sign",
    "sincos",
    "smoothstep",
    "step",
    "sub_sat",
    "upsample",
    "vec_step",
    "wait_group_events",
    "write_mem_fence",
    "write_only",
});

bool is_reserved(std::string_view name) {
  constexpr std::string_view prefixes[] = {"as_",     "atom_", "convert_", "vload", "vstore",
                                           "native_", "half_", "cl_",      "CL_",   "CLK_"};
  return is_common_word(name) || std::find(words.begin(), words.end(), name) != words.end() ||
         std::any_of(std::begin(prefixes), std::end(prefixes), [&](auto prefix) { return name.starts_with(prefix); });
}

class OpenclC final : public Dialect {
 public:
  std::string_view scalar(ScalarType type) const override {
    switch (type) {
      case ScalarType::boolean: return "uchar";  // OpenCL does not say how large a bool is
      case ScalarType::int8: return "char";
      case ScalarType::int16: return "short";
      case ScalarType::int32: return "int";
      case ScalarType::int64: return "long";
      case ScalarType::uint8: return "uchar";
      case ScalarType::uint16: return "ushort";
      case ScalarType::uint32: return "uint";
      case ScalarType::uint64: return "ulong";
      case ScalarType::float32: return "float";
      case ScalarType::float64: return "double";
    }
    return "";
  }

  std::string_view space(Space space) const override {
    switch (space) {
      case Space::global: return "__global ";
      case Space::shared: return "__local ";
      case Space::constant: return "__constant ";
      case Space::automatic: return "";
    }
    return "";
  }

  std::string_view function_prefix() const override { return "static "; }
  std::string_view table_prefix() const override { return "__constant "; }
  bool has_begin() const override { return true; }
  bool shares_values() const override { return true; }  // PoCL 3.1 does with structs
  bool is_cpp() const override { return false; }

  std::string preamble(const TextNeeds& needs) const override {
    return std::string(needs.fp64 ? "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n" : "") +
           (needs.int64_atomics ? "#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
                                  "#ifdef cl_khr_int64_extended_atomics\n"
                                  "#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n"
                                  "#endif\n"
                                : "") +
           "#pragma OPENCL FP_CONTRACT " + (needs.fast_math ? "ON\n" : "OFF\n");
  }

  std::string entry_prefix(const model::GroupUse& group) const override {
    if (!group.is_fixed()) return "__kernel void ";
    std::string sides;
    for (const std::uint32_t side : group.fixed_size) sides += (sides.empty() ? "" : ", ") + std::to_string(side);
    return "__kernel __attribute__((reqd_work_group_size(" + sides + "))) void ";
  }

  std::string position(int dimension) const override { return "get_global_id(" + std::to_string(dimension) + ")"; }
  std::string local_position(int dimension) const override { return "get_local_id(" + std::to_string(dimension) + ")"; }
  std::string group_position(int dimension) const override { return "get_group_id(" + std::to_string(dimension) + ")"; }
  std::string group_size(int dimension) const override { return "get_local_size(" + std::to_string(dimension) + ")"; }
  std::string_view barrier() const override { return "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)"; }
  // PoCL 3.1 does not: where a condition's one branch has a barrier and the other one returns or does work, it runs
  // that for one item of the group only, or fails an assertion.
  bool takes_any_barrier() const override { return false; }
  std::string_view shared_prefix() const override { return "__local "; }

  std::string special_number(std::uint64_t bits, ScalarType type, bool is_constant) const override {
    const bool is_double = type == ScalarType::float64;
    if (!is_constant) {
      return is_double ? "as_double(" + std::to_string(bits) + "ul)" : "as_float(" + std::to_string(bits) + "u)";
    }
    return constant_special(bits, type);  // a table's initialiser takes no function, nor what INFINITY stands for
  }

  std::string to_integer(const std::string& value, ScalarType, ScalarType to, Routines&) const override {
    // A cast out of range is undefined; this saturates.
    return "convert_" + std::string(scalar(to)) + "_sat(" + value + ")";
  }

  std::string same_bits(const std::string& value, ScalarType, ScalarType to) const override {
    return "as_" + std::string(scalar(to)) + "(" + value + ")";
  }

  std::string count_ones(const std::string& value, ScalarType) const override { return "(int)popcount(" + value + ")"; }

  std::string count_leading_zeros(const std::string& value, ScalarType) const override {
    return "(int)clz(" + value + ")";
  }

  std::string math(const model::MathFunction& function, ScalarType, const std::vector<std::string>& operands,
                   Routines&) const override {
    const std::string_view name = function.name;
    if (name == "lrint" || name == "llrint") return "convert_long_sat(rint(" + operands[0] + "))";
    if (name == "lround" || name == "llround") return "convert_long_sat(round(" + operands[0] + "))";
    if (name == "nearbyint") return "rint(" + operands[0] + ")";
    if (name == "scalbn") return "ldexp(" + operands[0] + ", " + operands[1] + ")";
    // Beyond these the result is the same.
    if (name == "scalbln") return "ldexp(" + operands[0] + ", (int)clamp(" + operands[1] + ", -10000l, 10000l))";
    std::string list;
    for (const std::string& operand : operands) list += (list.empty() ? "" : ", ") + operand;
    return std::string(name) + "(" + list + ")";
  }

  std::optional<std::string> atomic(const AtomicCall& call, Routines& routines) const override {
    using Op = model::AtomicOperation;
    if (dotcompute::is_floating_point(call.type)) return std::nullopt;
    const bool is_wide = dotcompute::size_bytes(call.type) == 8;
    const std::string prefix = is_wide ? "atom_" : "atomic_";
    const auto by = [&](std::string_view name) {
      std::string code = prefix + std::string(name) + "(" + call.pointer;
      for (const std::string& value : call.values) code += ", " + value;
      return code + ")";
    };
    switch (call.op) {
      case Op::add: return by("add");
      case Op::subtract: return by("sub");
      case Op::exchange:
      case Op::store: return by("xchg");
      case Op::compare_exchange: return by("cmpxchg");
      // There is none; a plain access would be a race.
      case Op::load: return prefix + "add(" + call.pointer + ", 0)";
      default: break;
    }
    const std::string name = call.op == Op::minimum   ? "min"
                             : call.op == Op::maximum ? "max"
                                                      : std::string(model::name(call.op));
    if (!is_wide) return by(name);
    // These are an extension of their own, which a device may lack.
    const std::string type(scalar(call.type));
    const std::string function =
        routines.function(routines.atomic_name(call), call.type, type,
                          "volatile " + std::string(space(call.space)) + type + "* object, " + type + " value",
                          "\n#ifdef cl_khr_int64_extended_atomics\n  return atom_" + name +
                              "(object, value);\n#else\n  " + routines.atomic_loop(call) + "\n#endif");
    return function + "(" + call.pointer + ", " + call.values[0] + ")";
  }

  bool (*reserved() const)(std::string_view) override { return is_reserved; }
};

}  // namespace

const Dialect& opencl_c() {
  static const OpenclC dialect;
  return dialect;
}

}  // namespace kernelc::source
