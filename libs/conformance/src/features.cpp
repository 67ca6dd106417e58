#include <algorithm>
#include <array>

#include <dotcompute/conformance/suite.hpp>

namespace dotcompute::conformance {

namespace {

struct Feature {
  std::string_view family;  ///< Or the namespace, with its colons, of the families that are not listed by themselves.
  std::string_view feature;
};

constexpr std::string_view types = "element types and conversions";
constexpr std::string_view integers = "integer arithmetic";
constexpr std::string_view floats = "floating-point arithmetic";
constexpr std::string_view control = "control flow";
constexpr std::string_view objects = "structs and arrays";
constexpr std::string_view references = "spans, pointers and references";
constexpr std::string_view bits = "bit operations";
constexpr std::string_view grids = "two and three dimensions";
constexpr std::string_view group_features = "groups, barriers and shared arrays";
constexpr std::string_view math = "functions of <cmath>";
constexpr std::string_view halves = "half precision";
constexpr std::string_view views = "views of matrices and volumes";
constexpr std::string_view fast = "fast math";
constexpr std::string_view atomics = "atomic operations";
constexpr std::string_view contract = "what the device checks run";

constexpr auto features = std::to_array<Feature>({
    {"add", integers},
    {"anatomy", math},
    {"atomics::", atomics},
    {"bits", bits},
    {"black_scholes", math},
    {"blur", references},
    {"choices", control},
    {"classes::", objects},
    {"classes::lambdas", control},
    {"collatz", control},
    {"common_divisor", control},
    {"compare", types},
    {"complex_power", objects},
    {"contract::", contract},
    {"convert", types},
    {"copy", types},
    {"divide", integers},
    {"fast::", fast},
    {"fill", types},
    {"from_integers", types},
    {"gather", references},
    {"groups::", group_features},
    {"halves::", halves},
    {"mandelbrot", control},
    {"library::cryptography::", "library: cryptography"},
    {"library::finance::", "library: finance"},
    {"library::graphs::", "library: graphs"},
    {"library::imaging::", "library: imaging"},
    {"library::learning::", "library: learning"},
    {"library::linear_algebra::", "library: linear algebra"},
    {"library::scans_and_sorts::", "library: scans and sorts"},
    {"library::signals::", "library: signals"},
    {"library::simulation::", "library: simulation"},
    {"library::stencils::", "library: stencils"},
    {"library::text::", "library: text"},
    {"math::", math},
    {"median", references},
    {"memories::", references},
    {"mix", bits},
    {"multiply_add", math},
    {"objects::", objects},
    {"objects::own_order", references},
    {"objects::pointers", references},
    {"objects::spans", references},
    {"order", integers},
    {"particles", objects},
    {"plane", grids},
    {"pointers", references},
    {"polynomial", integers},
    {"ports::", objects},
    {"ports::reused_names", group_features},
    {"ports::kept_pointers", group_features},
    {"ports::characters", references},
    {"ports::bytes_of_words", bits},
    {"remainder", integers},
    {"reverse", references},
    {"saxpy", integers},
    {"semantics::", control},
    {"semantics::absolutes", math},
    {"semantics::bit_functions", bits},
    {"semantics::characters", types},
    {"semantics::enumerations", types},
    {"semantics::floating_point", floats},
    {"semantics::identities", references},
    {"semantics::promotions", types},
    {"semantics::truths", types},
    {"shifts", bits},
    {"standard::", references},
    {"standard::all_bits", bits},
    {"steps", integers},
    {"translation::", control},
    {"translation::bags", objects},
    {"translation::anonymous_types", objects},
    {"translation::indirections", references},
    {"translation::memories", references},
    {"translation::tables", objects},
    {"translation::windows", references},
    {"truth", types},
    {"views::", views},
    {"volume", grids},
    {"window", references},
});

const Feature* find(std::string_view family) {
  const auto entry =
      std::find_if(features.begin(), features.end(), [&](const Feature& f) { return f.family == family; });
  return entry == features.end() ? nullptr : &*entry;
}

}  // namespace

KernelOrigin origin_of(const KernelDefinition& kernel) {
  constexpr std::string_view prefix = "suite::";
  std::string_view name = kernel.name();
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  const std::size_t begin = name.find('<');
  if (begin == std::string_view::npos) return {std::string(name), {}};
  return {std::string(name.substr(0, begin)), std::string(name.substr(begin + 1, name.rfind('>') - begin - 1))};
}

std::string_view feature_of(const KernelDefinition& kernel) {
  const KernelOrigin origin = origin_of(kernel);
  const std::string_view family = origin.family;
  const Feature* entry = find(family);
  const std::size_t colons = family.rfind("::");
  if (entry == nullptr && colons != std::string_view::npos) entry = find(family.substr(0, colons + 2));
  if (entry == nullptr) return "others";
  const bool is_float = origin.type == "float" || origin.type == "double";
  return entry->feature == integers && is_float ? floats : entry->feature;
}

}  // namespace dotcompute::conformance
