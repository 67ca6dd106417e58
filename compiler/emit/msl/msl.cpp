/// The Metal Shading Language.

#include <algorithm>
#include <array>

#include "emit/source/dialect.hpp"
#include "emit/source/routines.hpp"
#include "emit/source/words.hpp"

namespace kernelc::source {

namespace {

// The buffer argument table of a kernel has this many entries (Apple, "Metal Feature Set Tables").
constexpr std::size_t most_buffers = 31;

// And a group has so much memory (same place, "Maximum total threadgroup memory allocation").
constexpr std::uint64_t most_threadgroup_bytes = 32 * 1024;

constexpr auto words = std::to_array<std::string_view>({
    "abs",           "access",        "all",
    "any",           "array",         "array_ref",
    "as_type",       "atomic",        "atomic_bool",
    "atomic_int",    "atomic_uint",   "bfloat",
    "clamp",         "constant",      "cospi",
    "cross",         "degrees",       "depth2d",
    "determinant",   "device",        "discard_fragment",
    "distance",      "dot",           "exp10",
    "extract_bits",  "faceforward",   "fast",
    "fma",           "fract",         "fragment",
    "insert_bits",   "kernel",        "length",
    "level",         "mad24",         "madhi",
    "matrix",        "max3",          "median3",
    "mem_flags",     "memory_order",  "metal",
    "min3",          "mix",           "mul24",
    "mulhi",         "normalize",     "object",
    "packed_float2", "packed_float3", "packed_float4",
    "patch",         "precise",       "radians",
    "ray_data",      "reflect",       "refract",
    "reverse_bits",  "rotate",        "rsqrt",
    "sampler",       "saturate",      "select",
    "sign",          "sincos",        "sinpi",
    "smoothstep",    "stage_in",      "step",
    "tanpi",         "texture1d",     "texture2d",
    "texture3d",     "texturecube",   "thread",
    "thread_scope",  "threadgroup",   "threadgroup_barrier",
    "transpose",     "uniform",       "vec",
    "vertex",        "visible",
});

/// The functions that Metal has under C's name and with its meaning.
constexpr auto functions = std::to_array<std::string_view>({
    "acos",      "acosh", "asin", "asinh", "atan",  "atan2", "atanh", "ceil",  "copysign", "cos",   "cosh",
    "exp",       "exp2",  "fabs", "fdim",  "floor", "fma",   "fmod",  "ldexp", "log",      "log10", "log2",
    "nextafter", "pow",   "rint", "round", "sin",   "sinh",  "sqrt",  "tan",   "tanh",     "trunc",
});

bool is_reserved(std::string_view name) {
  return is_common_word(name) || std::find(words.begin(), words.end(), name) != words.end();
}

class Msl final : public Dialect {
 public:
  std::string_view scalar(ScalarType type) const override {
    switch (type) {
      case ScalarType::boolean: return "bool";
      case ScalarType::int8: return "char";
      case ScalarType::int16: return "short";
      case ScalarType::int32: return "int";
      case ScalarType::int64: return "long";
      case ScalarType::uint8: return "uchar";
      case ScalarType::uint16: return "ushort";
      case ScalarType::uint32: return "uint";
      case ScalarType::uint64: return "ulong";
      case ScalarType::float32: return "float";
      case ScalarType::float64: break;
    }
    throw Refused{"it computes with double, which Metal does not have; use float there, or run it on another device"};
  }

  std::string_view space(Space space) const override {
    switch (space) {
      case Space::global: return "device ";
      case Space::shared: return "threadgroup ";
      case Space::constant: return "constant ";
      case Space::automatic: return "thread ";
    }
    return "";
  }

  std::string_view function_prefix() const override { return "static "; }
  std::string_view table_prefix() const override { return "constant "; }
  bool shares_values() const override { return true; }
  bool has_hexadecimal_floats() const override { return false; }

  std::string preamble(const TextNeeds& needs) const override {
    return "#include <metal_stdlib>\n"
           "using namespace metal;\n"
           "#pragma METAL fp contract(" +
           std::string(needs.fast_math ? "fast)\n" : "off)\n");
  }

  std::string entry_prefix(const model::GroupUse& group) const override {
    const std::string items = std::to_string(group.fixed_items());
    return (group.is_fixed() ? "[[max_total_threads_per_threadgroup(" + items + ")]] " : "") + "kernel void ";
  }

  std::string entry_head(const Entry& entry) const override {
    std::vector<std::string> list;
    for (const EntryParameter& parameter : entry.parameters) {
      const std::string place = " [[buffer(" + std::to_string(list.size()) + ")]]";
      list.push_back(parameter.is_pointer ? parameter.type + " " + parameter.name + place
                                          : "constant " + parameter.type + "& " + parameter.name + place);
    }
    if (list.size() > most_buffers) {
      throw Refused{"it has " + std::to_string(list.size()) + " arguments on Metal, which takes " +
                    std::to_string(most_buffers) +
                    " (a span is two, each dimension of the grid is two): put values into a struct"};
    }
    if (!entry.group.any() || entry.uses(model::Query::global_id)) {
      list.emplace_back("uint3 dotcompute_position [[thread_position_in_grid]]");
    }
    if (entry.uses(model::Query::local_id) || entry.uses(model::Query::local_linear_id)) {
      list.emplace_back("uint3 dotcompute_local_position [[thread_position_in_threadgroup]]");
    }
    if (entry.uses(model::Query::group_id)) {
      list.emplace_back("uint3 dotcompute_group_position [[threadgroup_position_in_grid]]");
    }
    if (entry.needs_group_size()) list.emplace_back("uint3 dotcompute_group_size [[threads_per_threadgroup]]");
    return parameter_list(entry_prefix(entry.group) + entry.name, list);
  }

  std::string position(int dimension) const override { return "dotcompute_position." + axis(dimension); }
  std::string local_position(int dimension) const override { return "dotcompute_local_position." + axis(dimension); }
  std::string group_position(int dimension) const override { return "dotcompute_group_position." + axis(dimension); }
  std::string group_size(int dimension) const override { return "dotcompute_group_size." + axis(dimension); }
  std::string_view barrier() const override {
    return "threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup)";
  }
  std::string_view shared_prefix() const override { return "threadgroup "; }
  std::uint64_t most_shared_bytes() const override { return most_threadgroup_bytes; }

  std::string special_number(std::uint64_t bits, ScalarType, bool is_constant) const override {
    // A table's initialiser takes Metal's constants only: there a NaN is any NaN.
    if (is_constant) return std::string(bits >> 31 != 0 ? "-" : "") + ((bits & 0x7f'ffff) == 0 ? "INFINITY" : "NAN");
    return "as_type<float>(" + std::to_string(bits) + "u)";
  }

  std::string to_integer(const std::string& value, ScalarType from, ScalarType to, Routines& routines) const override {
    const std::string type(scalar(to));
    // A conversion out of range is undefined. The bounds are the numbers next to the range, or the first beyond it.
    const auto [low, high] = bounds(to);
    const std::string name =
        routines.function("to_" + std::string(dotcompute::name(to)), from, type, std::string(scalar(from)) + " x",
                          "return x > " + low + " && x < " + high + " ? (" + type + ")x : (" + type + ")0;");
    return name + "(" + value + ")";
  }

  std::string same_bits(const std::string& value, ScalarType, ScalarType to) const override {
    return "as_type<" + std::string(scalar(to)) + ">(" + value + ")";
  }

  std::string count_ones(const std::string& value, ScalarType) const override { return "(int)popcount(" + value + ")"; }

  std::string count_leading_zeros(const std::string& value, ScalarType) const override {
    return "(int)clz(" + value + ")";
  }

  std::string math(const model::MathFunction& function, ScalarType operand, const std::vector<std::string>& operands,
                   Routines& routines) const override {
    const std::string name(function.name);
    const auto rounded = [&](const std::string& by) {
      return to_integer(by + "(" + operands[0] + ")", operand, ScalarType::int64, routines);
    };
    if (name == "lrint" || name == "llrint") return rounded("rint");
    if (name == "lround" || name == "llround") return rounded("round");
    if (name == "nearbyint") return "rint(" + operands[0] + ")";
    if (name == "scalbn") return "ldexp(" + operands[0] + ", " + operands[1] + ")";
    if (name == "scalbln") return "ldexp(" + operands[0] + ", (int)clamp(" + operands[1] + ", -10000l, 10000l))";
    if (name == "frexp" || name == "modf") return two_results(name, operands, routines);
    if (name == "ilogb") {
      return routines.function("ilogb", operand, "int", "float x",
                               "return x == 0.0f || x != x ? -2147483647 - 1 : isinf(x) ? 2147483647 : ilogb(x);") +
             "(" + operands[0] + ")";
    }
    if (name == "logb") {
      return routines.function("logb", operand, "float", "float x",
                               "return x == 0.0f ? -INFINITY : isinf(x) ? INFINITY : x != x ? x : (float)ilogb(x);") +
             "(" + operands[0] + ")";
    }
    if (std::find(functions.begin(), functions.end(), function.name) == functions.end()) {
      throw Refused{"it calls std::" + name + ", which Metal does not have"};
    }
    std::string list;
    for (const std::string& each : operands) list += (list.empty() ? "" : ", ") + each;
    return name + "(" + list + ")";
  }

  std::optional<std::string> atomic(const AtomicCall& call, Routines& routines) const override {
    using Op = model::AtomicOperation;
    if (dotcompute::size_bytes(call.type) == 8) {
      throw Refused{
          "it uses an atomic operation on 64 bits, which Metal does not have; use a 32-bit number there, or run it on "
          "another device"};
    }
    if (call.type == ScalarType::float32) return std::nullopt;
    const std::string atomic_type =
        std::string(space(call.space)) + (call.type == ScalarType::int32 ? "atomic_int*" : "atomic_uint*");
    const std::string object = "(" + atomic_type + ")" + call.pointer;
    if (call.op == Op::compare_exchange) {
      // Metal's may fail without a reason.
      const std::string type(scalar(call.type));
      return routines.function(routines.atomic_name(call), call.type, type,
                               atomic_type + " object, " + type + " expected, " + type + " desired",
                               type +
                                   " seen = expected;\n  while (!atomic_compare_exchange_weak_explicit(object, &seen, "
                                   "desired, memory_order_relaxed,\n                                               "
                                   " memory_order_relaxed) &&\n         seen == expected) {\n  }\n  return seen;") +
             "(" + object + ", " + call.values[0] + ", " + call.values[1] + ")";
    }
    const std::string_view name = [&]() -> std::string_view {
      switch (call.op) {
        case Op::add: return "fetch_add";
        case Op::subtract: return "fetch_sub";
        case Op::minimum: return "fetch_min";
        case Op::maximum: return "fetch_max";
        case Op::bit_and: return "fetch_and";
        case Op::bit_or: return "fetch_or";
        case Op::bit_xor: return "fetch_xor";
        default: return model::name(call.op);
      }
    }();
    std::string code = "atomic_" + std::string(name) + "_explicit(" + object;
    for (const std::string& value : call.values) code += ", " + value;
    return code + ", memory_order_relaxed)";
  }

  bool (*reserved() const)(std::string_view) override { return is_reserved; }

 private:
  static std::string axis(int dimension) { return {"xyz"[dimension]}; }

  struct Bounds {
    std::string low;
    std::string high;
  };
  static Bounds bounds(ScalarType to) {
    switch (to) {
      case ScalarType::int8: return {"-129.0f", "128.0f"};
      case ScalarType::int16: return {"-32769.0f", "32768.0f"};
      case ScalarType::int32: return {"-2147483904.0f", "2147483648.0f"};
      case ScalarType::int64: return {"-9223373136366403584.0f", "9223372036854775808.0f"};
      case ScalarType::uint8: return {"-1.0f", "256.0f"};
      case ScalarType::uint16: return {"-1.0f", "65536.0f"};
      case ScalarType::uint32: return {"-1.0f", "4294967296.0f"};
      default: return {"-1.0f", "18446744073709551616.0f"};
    }
  }

  /// Metal gives the second result to a variable of the thread's; the kernel may want it elsewhere.
  std::string two_results(const std::string& name, const std::vector<std::string>& operands, Routines& routines) const {
    const std::string type = name == "frexp" ? "int" : "float";
    return routines.overloads(
               name + "_to", ScalarType::float32, "float",
               {"float x, thread " + type + "* second", "float x, device " + type + "* second",
                "float x, threadgroup " + type + "* second"},
               type + " part; const float result = " + name + "(x, part); *second = part; return result;") +
           "(" + operands[0] + ", " + operands[1] + ")";
  }
};

}  // namespace

const Dialect& msl() {
  static const Msl dialect;
  return dialect;
}

}  // namespace kernelc::source
