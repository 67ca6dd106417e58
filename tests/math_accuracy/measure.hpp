#pragma once

/// How far a device's functions are from the exact results.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dotcompute/device/accelerator.hpp>
#include <dotcompute/kernel/definition.hpp>

#include "arguments.hpp"
#include "exact.hpp"

namespace accuracy {

/// What a function gave on a device.
struct Measured {
  double largest_ulp = 0;  ///< The largest error, in units in the last place of the exact result.
  std::string at{};        ///< The operands that give it.
  std::string special{};   ///< The first result that is no number, infinite or zero where the exact one is not, or the
                           ///< other way.
};

/// First operands at which a driver is known to be wrong, by its own fault; measured without them.
struct KnownFault {
  std::string_view driver;  ///< A part of AcceleratorInfo::driver.
  std::string_view function;
  std::string_view type;
  double from = 0;  ///< Of the operand without its sign.
  double to = 0;
  std::string_view what;  ///< What it does, and how it was seen to be the driver's fault.
};

/// The exact results for all arguments; each is computed once for all devices.
template <class T>
struct Case {
  const Function* function = nullptr;
  dotcompute::KernelDefinition kernel;
  const Columns<T>* arguments = nullptr;
  std::vector<Wide<T>> exact{};
};

/// The function's kernel for T, which is registered with the program, and the exact results.
template <class T>
[[nodiscard]] Case<T> make_case(const Function& function, const Columns<T>& arguments);

/// The device's results, in the order of the arguments. Throws what the device throws.
template <class T>
[[nodiscard]] std::vector<T> run(dotcompute::Accelerator& device, const Case<T>& of);

/// `scale`: a unit is never smaller than this number's; 0 for none. `fault` may be null.
template <class T>
[[nodiscard]] Measured measure(const Case<T>& of, const std::vector<T>& results, double scale,
                               const KnownFault* fault = nullptr);

/// Where two results differ in a bit, any NaN being any other one; empty if nowhere.
template <class T>
[[nodiscard]] std::string difference(const Case<T>& of, const std::vector<T>& results, const std::vector<T>& expected);

#define DOTCOMPUTE_FOR(T)                                                                             \
  extern template Case<T> make_case(const Function&, const Columns<T>&);                              \
  extern template std::vector<T> run(dotcompute::Accelerator&, const Case<T>&);                       \
  extern template Measured measure(const Case<T>&, const std::vector<T>&, double, const KnownFault*); \
  extern template std::string difference(const Case<T>&, const std::vector<T>&, const std::vector<T>&);
DOTCOMPUTE_FOR(float)
DOTCOMPUTE_FOR(double)
#undef DOTCOMPUTE_FOR

}  // namespace accuracy
