// Prints docs/reference/math_accuracy.md, for scripts/math-accuracy. Exits with 1 if an error is beyond what is stated,
// or a device that should have the reference's bits has others.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "table.hpp"

namespace {

using namespace accuracy;

constexpr const char* head = R"(# How exact the functions of <cmath> are

The largest error that was met, in units in the last place (ulp) of the exact result, over {} to {} arguments of each
function: every exponent with both signs, the neighbourhoods of the multiples of pi/2, of one, of the integers and of the ends of
the range, pairs of all sizes, special values. Made by `scripts/math-accuracy`, not by hand.

- The exact results are the C library's own in a longer type: `long double` for float, 128 bits for double.
- *stated* is what this language promises: for the reference and the CPU 0.51 (0.55 for `erf`) where floats are computed in
  doubles, SLEEF's bound, with half a unit more among subnormal numbers, or the C library's own list of known errors, which counts from the correctly rounded result, so
  that half a unit comes on top; for OpenCL the OpenCL 1.2 specification, section 7.4 (`libs/conformance/src/accuracy.cpp`). 0.5 is a correctly rounded
  result. A test fails where an error is beyond what is stated. The errors of lgamma are in ulp of 1 at least, as its zeros have
  no relative accuracy.
- *same bits*: these devices give the reference's results, bit for bit.{}
- *special values*: what is not a number, infinite, or a signed zero by C's Annex F is so.
- OpenCL was measured on {}. Faults of a driver are in footnotes; each was seen with a kernel of one line, written by hand.
- CUDA has no column, as nothing here measures it without a GPU; the suite's tolerance there is the CUDA C++ Programming Guide's.

| function | type | reference and CPU: stated | measured | at | same bits | OpenCL: stated | measured | at | special values |
|---|---|---|---|---|---|---|---|---|---|
)";

std::string ulp(double number) { return fmt::format("{:.{}f}", number, number < 10 ? 3 : 0); }

class Page {
 public:
  explicit Page(const Devices& devices) : devices_(devices) {}

  void add(const Row& row) {
    const std::string unit = row.scale != 0 ? " of 1" : "";
    std::string special = row.reference.special.empty() ? "as they should be" : note(row.reference.special);
    std::string opencl = "- | - | -";
    if (row.opencl) {
      const bool is_beyond = !keeps(row.opencl->largest_ulp, row.stated_opencl);
      std::string mark;
      if (is_beyond) mark = row.opencl_excluded.empty() ? " **beyond**" : note(row.opencl_excluded);
      has_failed_ |= is_beyond && row.opencl_excluded.empty();
      opencl = fmt::format("{:g}{} | {}{} | {}", row.stated_opencl, unit, ulp(row.opencl->largest_ulp), mark,
                           row.opencl->at.empty() ? "-" : row.opencl->at);
      if (!row.opencl_fault.empty()) special += ", on OpenCL not everywhere" + note(row.opencl_fault);
      has_failed_ |= !row.opencl->special.empty() && row.opencl_excluded.empty();
      if (!row.opencl->special.empty()) special += ", on OpenCL not" + note(row.opencl->special);
    }
    const bool is_beyond = !keeps(row.reference.largest_ulp, row.stated_reference);
    has_failed_ |= is_beyond || !row.reference.special.empty() || !row.unequal.empty();
    if (!row.unequal.empty()) std::fprintf(stderr, "%s\n", row.unequal.c_str());
    rows_ += fmt::format("| `{}` | {} | {:g}{} | {}{} | {} | {} | {} | {} |\n", row.function, row.type,
                         row.stated_reference, unit, ulp(row.reference.largest_ulp), is_beyond ? " **beyond**" : "",
                         row.reference.at.empty() ? "-" : row.reference.at, equal_devices(row), opencl, special);
  }

  void print(std::size_t fewest, std::size_t most) const {
    std::string equal;
    for (std::size_t k = 0; k < devices_.equal().size(); ++k) {
      equal += fmt::format("\n  {}: {}.", k + 1, devices_.equal()[k]->info().name);
    }
    const std::string opencl = name_of_opencl();
    fmt::print(head, fewest, most, equal, opencl);
    std::fputs(rows_.c_str(), stdout);
    for (std::size_t k = 0; k < notes_.size(); ++k) fmt::print("\n[^{}]: {}\n", k + 1, notes_[k]);
    for (const std::string& each : devices_.absent()) std::fprintf(stderr, "not measured: %s\n", each.c_str());
  }

  [[nodiscard]] bool has_failed() const { return has_failed_; }

 private:
  /// Without the list of what the driver was built with.
  [[nodiscard]] std::string name_of_opencl() const {
    if (devices_.opencl() == nullptr) return "nothing, as there is no driver";
    const dotcompute::AcceleratorInfo& info = devices_.opencl()->info();
    return fmt::format("{}, {}", info.name, std::string_view(info.driver).substr(0, info.driver.find_first_of(",|")));
  }

  [[nodiscard]] std::string equal_devices(const Row& row) const {
    std::string all;
    for (std::size_t k = 0; k < devices_.equal().size(); ++k) {
      const std::string& name = devices_.equal()[k]->info().name;
      if (std::find(row.equal.begin(), row.equal.end(), name) != row.equal.end())
        all += (all.empty() ? "" : " ") + std::to_string(k + 1);
    }
    return all.empty() ? "-" : all;
  }

  std::string note(const std::string& text) {
    const auto found = std::find(notes_.begin(), notes_.end(), text);
    const std::ptrdiff_t number = found - notes_.begin() + 1;
    if (found == notes_.end()) notes_.push_back(text);
    return fmt::format("[^{}]", number);
  }

  const Devices& devices_;
  std::string rows_;
  std::vector<std::string> notes_;
  bool has_failed_ = false;
};

}  // namespace

int main() {
  try {
    const Devices devices;
    Page page(devices);
    // Function by function, float before double.
    std::map<std::string, std::vector<Row>> rows;
    for (const char* type : {"float", "double"}) {
      for_each_row(devices, type, Density::page, [&](const Row& row) {
        rows[row.function].push_back(row);
        std::fprintf(stderr, "%s %s: %g ulp\n", row.function.c_str(), type, row.reference.largest_ulp);
      });
    }
    for (const auto& [name, both] : rows) {
      for (const Row& row : both) page.add(row);
    }
    std::size_t fewest = ~std::size_t{0};
    std::size_t most = 0;
    for (int operands = 1; operands <= 3; ++operands) {
      const std::size_t of_float = arguments<float>(operands, Density::page).size();
      const std::size_t of_double = arguments<double>(operands, Density::page).size();
      fewest = std::min({fewest, of_float, of_double});
      most = std::max({most, of_float, of_double});
    }
    page.print(fewest, most);
    return page.has_failed() ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "math_accuracy_page: %s\n", error.what());
    return 2;
  }
}
