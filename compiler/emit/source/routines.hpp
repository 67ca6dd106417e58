#pragma once

/// The small functions that a text brings along for what C leaves undefined or a language lacks. Each is defined once,
/// where it is used.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emit/source/dialect.hpp"
#include "emit/source/names.hpp"
#include "emit/source/types.hpp"

namespace kernelc::source {

class Routines {
 public:
  Routines(const Dialect& dialect, Names& names, Types& types) : dialect_(dialect), names_(names), types_(types) {}

  /// Integer division and remainder: n / 0 == n, n % 0 == 0, and the smallest number / -1 wraps.
  std::string divide(ScalarType type);
  std::string remainder(ScalarType type);

  /// The smaller or larger number; a NaN gives way, and of two equal ones the second is taken.
  std::string minimum(ScalarType type);
  std::string maximum(ScalarType type);

  /// |x|, which wraps; the bytes in reverse order; the zeros after the last one, all if there is none.
  std::string absolute(ScalarType type);
  std::string swap_bytes(ScalarType type);
  std::string count_trailing_zeros(ScalarType type);

  /// An atomic operation as an expression of C: what the dialect has, or else made of that. Where its value is not used
  /// it is a statement without its semicolon. Throws Refused.
  std::string atomic(const AtomicCall& call, bool is_used);

  /// The body of a function of `object` and `value` that does it by comparing and exchanging until no other item came
  /// between.
  std::string atomic_loop(const AtomicCall& call);

  /// "atomic_add_global": the name, without the type, of a function that does it.
  std::string atomic_name(const AtomicCall& call);

  /// A function of one's own, named `name`: `T name_type(parameters) { body }`. For what only one dialect needs.
  std::string function(std::string_view name, ScalarType type, std::string_view result, std::string_view parameters,
                       std::string_view body);

  /// The same with an overload for each list of parameters, in a language that has overloads.
  std::string overloads(std::string_view name, ScalarType type, std::string_view result,
                        const std::vector<std::string>& parameter_lists, std::string_view body);

  /// is_nan, is_infinite, is_finite, is_normal, sign_bit (of one number), is_unordered, is_less_or_greater (of two).
  std::string classification(std::string_view name, ScalarType type);

  /// The bytes of one type as another of the same size, for types that are not both scalars.
  std::string same_bytes(const std::string& from, const std::string& to);

  [[nodiscard]] const std::string& definitions() const { return definitions_; }
  [[nodiscard]] bool uses_int64_atomics() const { return uses_int64_atomics_; }

 private:
  std::string pointer_to(ScalarType type, Space space);
  std::string as_number(const std::string& bits, ScalarType type);
  std::string as_bits(const std::string& number, ScalarType type);
  std::string define(const std::string& name, const std::string& result, const std::string& parameters,
                     const std::string& body) {
    return define(name, result, std::vector<std::string>{parameters}, body);
  }
  std::string define(const std::string& name, const std::string& result,
                     const std::vector<std::string>& parameter_lists, const std::string& body);

  const Dialect& dialect_;
  Names& names_;
  Types& types_;
  std::map<std::string, std::string> known_;
  std::string definitions_;
  bool uses_int64_atomics_ = false;
};

}  // namespace kernelc::source
