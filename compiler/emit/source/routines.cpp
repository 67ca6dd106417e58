#include "emit/source/routines.hpp"

#include <bit>

#include "emit/source/lines.hpp"
#include "emit/source/literals.hpp"

namespace kernelc::source {

namespace {

std::string type_word(ScalarType type) { return std::string(dotcompute::name(type)); }

bool is_signed(ScalarType type) { return type >= ScalarType::int8 && type <= ScalarType::int64; }

}  // namespace

ScalarType unsigned_of(ScalarType type) {
  switch (type) {
    case ScalarType::int8: return ScalarType::uint8;
    case ScalarType::int16: return ScalarType::uint16;
    case ScalarType::int32:
    case ScalarType::float32: return ScalarType::uint32;
    case ScalarType::int64:
    case ScalarType::float64: return ScalarType::uint64;
    default: return type;
  }
}

/// One definition per name and list of parameters; `name` is the name wanted.
std::string Routines::define(const std::string& name, const std::string& result,
                             const std::vector<std::string>& parameter_lists, const std::string& body) {
  const auto [entry, is_new] = known_.try_emplace(name);
  if (!is_new) return entry->second;
  entry->second = names_.global(name);
  for (const std::string& parameters : parameter_lists) {
    const std::string head =
        std::string(dialect_.function_prefix()) + result + " " + entry->second + "(" + parameters + ") {";
    std::string lines = " " + body + " }\n";
    if (head.size() + lines.size() > widest) {
      lines = "\n  " + body + "\n}\n";
      for (std::size_t at = 0; (at = lines.find("; ", at)) != std::string::npos; ++at) lines.replace(at, 2, ";\n  ");
    }
    definitions_ += head + lines;
  }
  return entry->second;
}

std::string Routines::divide(ScalarType type) {
  const std::string t = types_.scalar(type);
  const std::string one = literal(1, type, dialect_).code;
  const std::string parameters = t + " n, " + t + " d";
  if (!is_signed(type)) {
    return define("divide_" + type_word(type), t, parameters, "return n / (d == 0 ? " + one + " : d);");
  }
  const std::string u = types_.scalar(unsigned_of(type));
  return define("divide_" + type_word(type), t, parameters,
                "const " + t + " quotient = n / (d == 0 || d == -1 ? " + one + " : d); return d == -1 ? (" + t + ")-(" +
                    u + ")n : quotient;");
}

std::string Routines::remainder(ScalarType type) {
  const std::string t = types_.scalar(type);
  const std::string one = literal(1, type, dialect_).code;
  const std::string special = is_signed(type) ? "d == 0 || d == -1" : "d == 0";
  return define("remainder_" + type_word(type), t, t + " n, " + t + " d",
                "return n % (" + special + " ? " + one + " : d);");
}

std::string Routines::minimum(ScalarType type) {
  const std::string t = types_.scalar(type);
  return define("minimum_" + type_word(type), t, t + " x, " + t + " y",
                "return x != x ? y : y != y ? x : x < y ? x : y;");
}

std::string Routines::maximum(ScalarType type) {
  const std::string t = types_.scalar(type);
  return define("maximum_" + type_word(type), t, t + " x, " + t + " y",
                "return x != x ? y : y != y ? x : x > y ? x : y;");
}

std::string Routines::absolute(ScalarType type) {
  const std::string t = types_.scalar(type);
  const std::string u = types_.scalar(unsigned_of(type));
  return define("absolute_" + type_word(type), t, t + " x", "return x < 0 ? (" + t + ")-(" + u + ")x : x;");
}

std::string Routines::swap_bytes(ScalarType type) {
  const std::string t = types_.scalar(type);
  const std::size_t bytes = dotcompute::size_bytes(type);
  std::string sum;
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::string byte = "(x >> " + std::to_string(8 * i) + " & 255)";
    const std::size_t up = 8 * (bytes - 1 - i);
    sum += (sum.empty() ? "" : " | ") + (up == 0 ? byte : byte + " << " + std::to_string(up));
  }
  return define("swap_bytes_" + type_word(type), t, t + " x", "return (" + t + ")(" + sum + ");");
}

std::string Routines::count_trailing_zeros(ScalarType type) {
  const std::string t = types_.scalar(type);
  const std::string one = literal(1, type, dialect_).code;
  return define("count_trailing_zeros_" + type_word(type), types_.scalar(ScalarType::int32), t + " x",
                "return " + dialect_.count_ones("~x & (x - " + one + ")", type) + ";");
}

std::string Routines::function(std::string_view name, ScalarType type, std::string_view result,
                               std::string_view parameters, std::string_view body) {
  return define(std::string(name) + "_" + type_word(type), std::string(result), std::string(parameters),
                std::string(body));
}

std::string Routines::overloads(std::string_view name, ScalarType type, std::string_view result,
                                const std::vector<std::string>& parameter_lists, std::string_view body) {
  return define(std::string(name) + "_" + type_word(type), std::string(result), parameter_lists, std::string(body));
}

std::string Routines::classification(std::string_view name, ScalarType type) {
  const std::string t = types_.scalar(type);
  const std::string result(dialect_.is_cpp() ? "bool" : "int");
  const std::string key = std::string(name) + "_" + type_word(type);
  const bool is_float = type == ScalarType::float32;
  const auto number = [&](float narrow, double wide) {
    const std::uint64_t bits = is_float ? std::bit_cast<std::uint32_t>(narrow) : std::bit_cast<std::uint64_t>(wide);
    return literal(bits, type, dialect_).code;
  };
  // Every finite number is at most the largest one.
  const std::string largest = number(3.40282347e+38f, 1.7976931348623157e+308);
  const std::string smallest = number(1.17549435e-38f, 2.2250738585072014e-308);
  const auto one = [&](const std::string& body) { return define(key, result, t + " x", "return " + body + ";"); };
  const auto two = [&](const std::string& body) {
    return define(key, result, t + " x, " + t + " y", "return " + body + ";");
  };
  if (name == "is_nan") return one("x != x");
  if (name == "is_infinite") return one("x > " + largest + " || x < -" + largest);
  if (name == "is_finite") return one("x >= -" + largest + " && x <= " + largest);
  if (name == "is_normal") {
    return one("(x >= " + smallest + " && x <= " + largest + ") || (x <= -" + smallest + " && x >= -" + largest + ")");
  }
  if (name == "sign_bit") {
    const std::string bits = dialect_.same_bits("x", type, unsigned_of(type));
    return one(bits + " >> " + (is_float ? "31" : "63") + " != 0");
  }
  if (name == "is_less_or_greater") return two("x < y || x > y");
  return two("x != x || y != y");
}

std::string Routines::same_bytes(const std::string& from, const std::string& to) {
  return define("bytes_of_" + identifier(from) + "_as_" + identifier(to), to, from + " from",
                "union { " + from + " from; " + to + " to; } both; both.from = from; return both.to;");
}

}  // namespace kernelc::source
