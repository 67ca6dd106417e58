#include "table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <dotcompute/conformance/exclusions.hpp>

#include "accuracy.hpp"

namespace accuracy {

using namespace dotcompute;

namespace {

// Each was seen with a kernel of one line, written by hand in OpenCL C.
constexpr auto known_faults = std::to_array<KnownFault>({
    {"PoCL 3.1", "exp", "double", 709.7827, 709.783,
     "PoCL 3.1's exp is infinite from 709.7827 on, where the exact result is not yet"},
    {"PoCL 3.1", "cosh", "double", 710.4758, 710.476,
     "PoCL 3.1's cosh is not a number from 710.4758 on, where the exact result is below the largest one"},
    {"PoCL 3.1", "sinh", "double", 710.4758, 710.476,
     "PoCL 3.1's sinh is not a number from 710.4758 on, where the exact result is below the largest one"},
    {"PoCL 3.1", "lgamma", "float", 4.03e36, 4.1e36,
     "PoCL 3.1's lgamma is infinite from 4.04e36 on, where the exact result is not yet"},
});

const KnownFault* fault_of(const AcceleratorInfo& device, const Row& row) {
  const auto found = std::find_if(known_faults.begin(), known_faults.end(), [&](const KnownFault& each) {
    return device.driver.find(each.driver) != std::string::npos && each.function == row.function &&
           each.type == row.type;
  });
  return found == known_faults.end() ? nullptr : &*found;
}

template <class T>
Row row_of(const Devices& devices, const Function& function, const Columns<T>& arguments) {
  constexpr bool is_float = sizeof(T) == sizeof(float);
  Row row;
  row.function = function.name;
  row.type = is_float ? "float" : "double";
  if (const conformance::FunctionAccuracy* stated = conformance::accuracy_of(function.name)) {
    row.scale = stated->scale;
    row.stated_reference = is_float ? stated->reference_float32 : stated->reference_float64;
    row.stated_opencl = stated->opencl;
  }
  const Case<T> of = make_case(function, arguments);
  const std::vector<T> expected = run(devices.reference(), of);
  row.reference = measure(of, expected, row.scale);
  for (const auto& device : devices.equal()) {
    const std::string found = difference(of, run(*device, of), expected);
    if (found.empty()) {
      row.equal.push_back(device->info().name);
    } else if (row.unequal.empty()) {
      row.unequal = fmt::format("{}: {}", device->info().name, found);
    }
  }
  if (devices.opencl() == nullptr || devices.opencl()->refusal(of.kernel)) return row;
  const KnownFault* const fault = fault_of(devices.opencl()->info(), row);
  if (fault != nullptr) row.opencl_fault = fault->what;
  row.opencl = measure(of, run(*devices.opencl(), of), row.scale, fault);
  const auto* known =
      conformance::find_exclusion(conformance::exclusions(), devices.opencl()->info(), of.kernel.name());
  if (known != nullptr) row.opencl_excluded = known->reason;
  return row;
}

template <class T>
void for_each_row_of(const Devices& devices, Density density, const std::function<void(const Row&)>& next) {
  const std::array columns = {arguments<T>(1, density), arguments<T>(2, density), arguments<T>(3, density)};
  for (const Function& function : functions()) {
    next(row_of(devices, function, columns[static_cast<std::size_t>(function.operands - 1)]));
  }
}

}  // namespace

void for_each_row(const Devices& devices, const std::string& type, Density density,
                  const std::function<void(const Row&)>& next) {
  type == "float" ? for_each_row_of<float>(devices, density, next) : for_each_row_of<double>(devices, density, next);
}

}  // namespace accuracy
