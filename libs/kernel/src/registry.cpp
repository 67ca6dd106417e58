#include <dotcompute/kernel/registry.hpp>

#include <algorithm>
#include <new>
#include <unordered_map>
#include <utility>

#include <dotcompute/base/error.hpp>

#include "code_place.hpp"
#include "lookup_problem.hpp"
#include "nearest_names.hpp"
#include "unit.hpp"

namespace dotcompute {

namespace {

using Records = std::vector<const dotcompute_kernel*>;

/// Holds the one registry, and never lets go of it: destructors of libraries still use it after main returned.
union Immortal {
  constexpr Immortal() noexcept : registry() {}
  ~Immortal() {}
  KernelRegistry registry;
};
constinit Immortal immortal;

const void* address_of(void (*function)()) noexcept { return reinterpret_cast<const void*>(function); }

bool same_kernel(const dotcompute_kernel* a, const dotcompute_kernel* b) noexcept {
  return std::string_view(a->content_hash) == b->content_hash;
}

bool all_the_same(const Records& records) noexcept {
  return std::all_of(records.begin(), records.end(),
                     [&](const auto* record) { return same_kernel(record, records[0]); });
}

/// One record of each kernel.
Records distinct(const Records& records) {
  Records result;
  for (const dotcompute_kernel* record : records) {
    const auto is_same = [&](const auto* other) { return same_kernel(record, other); };
    if (std::none_of(result.begin(), result.end(), is_same)) result.push_back(record);
  }
  return result;
}

KernelLookup found(const dotcompute_kernel& record) {
  KernelLookup lookup;
  lookup.status = LookupStatus::found;
  lookup.kernel.emplace(record);
  return lookup;
}

KernelLookup not_found(LookupStatus status, std::string problem, const Records& candidates = {}) {
  KernelLookup lookup;
  lookup.status = status;
  lookup.problem = std::move(problem);
  for (const dotcompute_kernel* candidate : candidates) lookup.candidates.emplace_back(*candidate);
  return lookup;
}

/// What the dynamic linker says of one record.
struct LinkerView {
  const void* visible_address = nullptr;  ///< Of the symbol with the kernel's mangled name.
  const void* module = nullptr;           ///< That holds the record.
  std::string module_path;
};

}  // namespace

/// What the look-ups of one epoch search.
struct KernelRegistry::Index {
  Records all;
  std::unordered_map<const void*, Records> by_function;
  std::unordered_map<std::string_view, Records> by_name;

  // Filled by the first look-up that needs it.
  bool linker_was_asked = false;
  std::unordered_map<const dotcompute_kernel*, LinkerView> linker_views;
  std::unordered_map<const void*, Records> by_visible_address;

  void add(const dotcompute_kernel& record) {
    all.push_back(&record);
    if (record.function != nullptr) by_function[address_of(record.function)].push_back(&record);
    by_name[record.name].push_back(&record);
  }

  [[nodiscard]] const Records* with_function(const void* function) const {
    if (const auto known = by_function.find(function); known != by_function.end()) return &known->second;
    const auto visible = by_visible_address.find(function);
    return visible == by_visible_address.end() ? nullptr : &visible->second;
  }

  [[nodiscard]] std::vector<detail::PlacedKernel> placed(const Records& records) const {
    std::vector<detail::PlacedKernel> result;
    for (const dotcompute_kernel* record : records) result.push_back({record, linker_views.at(record).module_path});
    return result;
  }

  [[nodiscard]] std::vector<std::string_view> names() const {
    std::vector<std::string_view> result;
    for (const dotcompute_kernel* record : all) result.push_back(record->name);
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

  [[nodiscard]] KernelLookup ambiguous(std::string_view of, const Records& records) const {
    const Records different = distinct(records);
    return not_found(LookupStatus::ambiguous, detail::ambiguous_problem(of, placed(different)), different);
  }

  /// Chooses among kernels of one function. Where libraries define different kernels of one name, the dynamic linker
  /// gives all of them the first one's function: the kernel of the module that the function lies in is the one a direct
  /// call would run.
  [[nodiscard]] KernelLookup choose(const Records& records, const detail::CodePlace& place) const {
    Records own;
    for (const dotcompute_kernel* record : records) {
      if (place.module != nullptr && linker_views.at(record).module == place.module) own.push_back(record);
    }
    const Records& preferred = own.empty() ? records : own;
    if (all_the_same(preferred)) return found(*preferred.front());
    return ambiguous("function", preferred);
  }

  [[nodiscard]] const dotcompute_kernel* namesake(const detail::CodePlace& place) const {
    const auto kernels = by_name.find(detail::qualified_name(place.symbol));
    return kernels == by_name.end() ? nullptr : kernels->second.front();
  }
};

void KernelRegistry::IndexDeleter::operator()(Index* index) const noexcept { delete index; }

KernelRegistry::~KernelRegistry() = default;

KernelRegistry& KernelRegistry::instance() noexcept { return immortal.registry; }

KernelRegistry::Index& KernelRegistry::index() const {
  if (!index_) {
    std::unique_ptr<Index, IndexDeleter> made(new Index);
    for (const dotcompute_unit* unit = first_; unit != nullptr; unit = static_cast<dotcompute_unit*>(unit->slot)) {
      for (std::uint64_t i = 0; i < unit->kernel_count; ++i) made->add(detail::kernel_at(*unit, i));
    }
    index_ = std::move(made);
  }
  return *index_;
}

void KernelRegistry::ask_linker(std::uint64_t epoch) const {
  // Works on copies: while no lock is held, any unit may go.
  std::vector<std::pair<const dotcompute_kernel*, std::string>> records;
  {
    const std::lock_guard lock(mutex_);
    for (const dotcompute_kernel* record : index().all) {
      records.emplace_back(record, record->function == nullptr ? "" : record->mangled_name);
    }
  }
  std::vector<LinkerView> views;
  for (const auto& [record, mangled_name] : records) {
    const detail::CodePlace place = detail::place_of(record);
    views.push_back({mangled_name.empty() ? nullptr : detail::address_of_symbol(mangled_name.c_str()), place.module,
                     place.module_path});
  }
  const std::lock_guard lock(mutex_);
  if (epoch_.load(std::memory_order_relaxed) != epoch) return;
  Index& current = index();
  if (std::exchange(current.linker_was_asked, true)) return;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const dotcompute_kernel* record = records[i].first;
    if (views[i].visible_address != nullptr) current.by_visible_address[views[i].visible_address].push_back(record);
    current.linker_views.emplace(record, std::move(views[i]));
  }
}

KernelLookup KernelRegistry::find(void (*function)(), std::span<const ParameterShape> parameters) const {
  const void* const address = address_of(function);
  std::optional<detail::CodePlace> place;
  for (;;) {
    std::uint64_t seen_epoch = 0;
    {
      const std::lock_guard lock(mutex_);
      seen_epoch = epoch_.load(std::memory_order_relaxed);
      const Index& current = index();
      const Records* known = address == nullptr ? nullptr : current.with_function(address);
      if (known != nullptr && known->size() == 1 && detail::signature_matches(*known->front(), parameters)) {
        return found(*known->front());
      }
      if (place && current.linker_was_asked) {
        if (known == nullptr) {
          return not_found(LookupStatus::unknown, with_rejections(detail::unknown_function_problem(
                                                      address, *place, current.namesake(*place))));
        }
        Records matching;
        std::copy_if(known->begin(), known->end(), std::back_inserter(matching),
                     [&](const auto* record) { return detail::signature_matches(*record, parameters); });
        if (!matching.empty()) return current.choose(matching, *place);
        return not_found(LookupStatus::different_signature,
                         detail::different_signature_problem(*known->front(), parameters), *known);
      }
    }
    if (!place) place = detail::place_of(address);
    ask_linker(seen_epoch);
  }
}

KernelLookup KernelRegistry::find(std::string_view name) const {
  for (;;) {
    std::uint64_t seen_epoch = 0;
    {
      const std::lock_guard lock(mutex_);
      seen_epoch = epoch_.load(std::memory_order_relaxed);
      const Index& current = index();
      const auto known = current.by_name.find(name);
      if (known == current.by_name.end()) {
        const std::vector<std::string_view> names = current.names();
        std::vector<std::string> nearest = detail::nearest_names(name, names);
        KernelLookup lookup =
            not_found(LookupStatus::unknown, with_rejections(detail::unknown_name_problem(name, nearest, names)));
        lookup.nearest = std::move(nearest);
        return lookup;
      }
      if (all_the_same(known->second)) return found(*known->second.front());
      if (current.linker_was_asked) return current.ambiguous("name", known->second);
    }
    ask_linker(seen_epoch);
  }
}

KernelDefinition KernelRegistry::get(void (*function)(), std::span<const ParameterShape> parameters) const {
  KernelLookup lookup = find(function, parameters);
  if (lookup.kernel) return *lookup.kernel;
  ErrorContext context;
  if (!lookup.candidates.empty()) context.kernel = lookup.candidates.front().name();
  throw ExecutionError(Remedy::fix_input, lookup.problem, std::move(context));
}

KernelDefinition KernelRegistry::get(std::string_view name) const {
  KernelLookup lookup = find(name);
  if (lookup.kernel) return *lookup.kernel;
  ErrorContext context;
  context.kernel = name;
  throw ExecutionError(Remedy::fix_input, lookup.problem, std::move(context));
}

std::vector<KernelDefinition> KernelRegistry::definitions() const {
  const std::lock_guard lock(mutex_);
  std::vector<KernelDefinition> result;
  for (const dotcompute_kernel* record : index().all) result.emplace_back(*record);
  return result;
}

std::string KernelRegistry::with_rejections(std::string problem) const {
  for (const Rejection& rejection : rejections_) problem += "; note: " + rejection.reason;
  return problem;
}

void KernelRegistry::changed() noexcept {
  index_.reset();
  epoch_.fetch_add(1, std::memory_order_release);
}

void KernelRegistry::add(dotcompute_unit& unit) noexcept {
  const std::lock_guard lock(mutex_);
  for (const dotcompute_unit* known = first_; known != nullptr; known = static_cast<dotcompute_unit*>(known->slot)) {
    if (known == &unit) return;
  }
  try {
    if (std::string reason = detail::unreadable_because(unit); !reason.empty()) {
      const auto is_unit = [&](const Rejection& rejection) { return rejection.unit == &unit; };
      if (std::none_of(rejections_.begin(), rejections_.end(), is_unit))
        rejections_.push_back({&unit, std::move(reason)});
      changed();
      return;
    }
  } catch (const std::bad_alloc&) {
    return;  // Without memory for the reason the unit is simply unknown.
  }
  unit.slot = nullptr;
  if (last_ == nullptr) {
    first_ = &unit;
  } else {
    last_->slot = &unit;
  }
  last_ = &unit;
  changed();
}

void KernelRegistry::remove(dotcompute_unit& unit) noexcept {
  const std::lock_guard lock(mutex_);
  dotcompute_unit* before = nullptr;
  for (dotcompute_unit* known = first_; known != nullptr; known = static_cast<dotcompute_unit*>(known->slot)) {
    if (known == &unit) {
      auto* const next = static_cast<dotcompute_unit*>(std::exchange(unit.slot, nullptr));
      if (before == nullptr) {
        first_ = next;
      } else {
        before->slot = next;
      }
      if (last_ == &unit) last_ = before;
      changed();
      return;
    }
    before = known;
  }
  if (std::erase_if(rejections_, [&](const Rejection& rejection) { return rejection.unit == &unit; }) != 0) changed();
}

}  // namespace dotcompute

extern "C" {

DOTCOMPUTE_API void dotcompute_register_unit(dotcompute_unit* unit) {
  dotcompute::KernelRegistry::instance().add(*unit);
}

DOTCOMPUTE_API void dotcompute_unregister_unit(dotcompute_unit* unit) {
  dotcompute::KernelRegistry::instance().remove(*unit);
}
}
