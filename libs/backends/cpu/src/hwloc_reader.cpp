#include "hwloc_reader.hpp"

#include <dlfcn.h>
#include <hwloc.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

/// Every function of hwloc that is called.
// clang-format off
#define DOTCOMPUTE_HWLOC_FUNCTIONS(apply)                                                                 \
  apply(hwloc_topology_init) apply(hwloc_topology_destroy) apply(hwloc_topology_load)                     \
  apply(hwloc_topology_set_flags) apply(hwloc_topology_set_synthetic)                                     \
  apply(hwloc_topology_set_all_types_filter) apply(hwloc_topology_set_type_filter)                        \
  apply(hwloc_get_type_depth) apply(hwloc_get_nbobjs_by_depth) apply(hwloc_get_obj_by_depth)              \
  apply(hwloc_bitmap_first)
// clang-format on

namespace dotcompute::cpu {

namespace {

/// Of hwloc 2, as its headers.
constexpr const char* usual_library = "libhwloc.so.15";
static_assert(HWLOC_API_VERSION < 0x00030000);

struct Hwloc {
  // NOLINTBEGIN(readability-identifier-naming, bugprone-macro-parentheses): the names are hwloc's
#define DOTCOMPUTE_HWLOC_MEMBER(function) decltype(&::function) function;
  DOTCOMPUTE_HWLOC_FUNCTIONS(DOTCOMPUTE_HWLOC_MEMBER)
#undef DOTCOMPUTE_HWLOC_MEMBER
  // NOLINTEND(readability-identifier-naming, bugprone-macro-parentheses)
};

std::optional<Hwloc> open_hwloc(std::string& why_not) {
  // Not to be unloaded: others in the process may have it too.
  const char* const wanted = std::getenv("DOTCOMPUTE_HWLOC_LIBRARY");
  const char* const name = wanted != nullptr && *wanted != '\0' ? wanted : usual_library;
  void* const handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* const text = dlerror();
    why_not = fmt::format("{}; install hwloc (libhwloc15), or name it in DOTCOMPUTE_HWLOC_LIBRARY",
                          text == nullptr ? name : text);
    return std::nullopt;
  }
  Hwloc hwloc{};
#define DOTCOMPUTE_HWLOC_FIND(function)                                               \
  hwloc.function = reinterpret_cast<decltype(&::function)>(dlsym(handle, #function)); \
  if (hwloc.function == nullptr) {                                                    \
    why_not = fmt::format("{} has no {}", name, #function);                           \
    return std::nullopt;                                                              \
  }
  DOTCOMPUTE_HWLOC_FUNCTIONS(DOTCOMPUTE_HWLOC_FIND)
#undef DOTCOMPUTE_HWLOC_FIND
  return hwloc;
}

struct Destroy {
  void (*function)(hwloc_topology_t);
  void operator()(hwloc_topology_t topology) const noexcept { function(topology); }
};
using LoadedTopology = std::unique_ptr<hwloc_topology, Destroy>;

/// Null with the reason. Only what is asked for below is looked at: without the filters it takes four times as long.
LoadedTopology load(const Hwloc& hwloc, const char* synthetic, std::string& why_not) {
  const auto failed = [&](const char* function) {
    why_not = fmt::format("{}: {}", function, std::generic_category().message(errno));
    return LoadedTopology(nullptr, {hwloc.hwloc_topology_destroy});
  };
  hwloc_topology_t made = nullptr;
  if (hwloc.hwloc_topology_init(&made) != 0) return failed("hwloc_topology_init");
  LoadedTopology topology(made, {hwloc.hwloc_topology_destroy});
  if (synthetic != nullptr && hwloc.hwloc_topology_set_synthetic(made, synthetic) != 0) {
    return failed("hwloc_topology_set_synthetic");
  }
  hwloc.hwloc_topology_set_all_types_filter(made, HWLOC_TYPE_FILTER_KEEP_NONE);
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_CORE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE}) {
    hwloc.hwloc_topology_set_type_filter(made, type, HWLOC_TYPE_FILTER_KEEP_ALL);
  }
  // Without groups a node may have no object of its own processors to belong to, and all nodes are the whole machine's.
  hwloc.hwloc_topology_set_type_filter(made, HWLOC_OBJ_GROUP, HWLOC_TYPE_FILTER_KEEP_STRUCTURE);
  // Else it binds the calling thread to one processor after the other.
  hwloc.hwloc_topology_set_flags(made, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING | HWLOC_TOPOLOGY_FLAG_NO_DISTANCES |
                                           HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS | HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS);
  if (hwloc.hwloc_topology_load(made) != 0) return failed("hwloc_topology_load");
  return topology;
}

/// Where a processor is.
struct Location {
  unsigned node = 0;
  hwloc_obj_t core = nullptr;
  hwloc_obj_t outermost_cache = nullptr;
  std::uint64_t l2_bytes = 0;
  std::uint64_t l3_bytes = 0;
};

Location locate(const Hwloc& hwloc, hwloc_obj_t processor) {
  Location location;
  // The nearest node; memory without processors of its own comes after it.
  if (const int node = hwloc.hwloc_bitmap_first(processor->nodeset); node > 0) {
    location.node = static_cast<unsigned>(node);
  }
  for (hwloc_obj_t object = processor->parent; object != nullptr; object = object->parent) {
    if (object->type == HWLOC_OBJ_CORE) location.core = object;
    if (object->type < HWLOC_OBJ_L1CACHE || object->type > HWLOC_OBJ_L5CACHE) continue;
    location.outermost_cache = object;
    if (object->type == HWLOC_OBJ_L2CACHE) location.l2_bytes = object->attr->cache.size;
    if (object->type == HWLOC_OBJ_L3CACHE) location.l3_bytes = object->attr->cache.size;
  }
  return location;
}

class Reader {
 public:
  void add(unsigned processor, const Location& at) {
    if (groups_.empty()) {
      topology_.l2_bytes = at.l2_bytes;
      topology_.l3_bytes = at.l3_bytes;
    }
    if (at.core == nullptr || std::exchange(last_core_, at.core) != at.core) ++topology_.core_count;
    group_of(at).processors.push_back(processor);
  }

  [[nodiscard]] Topology take() {
    std::ranges::stable_sort(groups_, {}, [](const Group& group) { return group.group.node; });
    for (Group& group : groups_) topology_.groups.push_back(std::move(group.group));
    return std::move(topology_);
  }

 private:
  struct Group {
    hwloc_obj_t cache;
    ProcessorGroup group;
  };

  [[nodiscard]] ProcessorGroup& group_of(const Location& at) {
    // Processors come in the order of what they share: it is mostly the last group.
    for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
      if (group->cache == at.outermost_cache && group->group.node == at.node) return group->group;
    }
    const std::uint64_t bytes = at.outermost_cache == nullptr ? 0 : at.outermost_cache->attr->cache.size;
    groups_.push_back({at.outermost_cache, {.node = at.node, .cache_bytes = bytes, .processors = {}}});
    return groups_.back().group;
  }

  std::vector<Group> groups_;
  hwloc_obj_t last_core_ = nullptr;
  Topology topology_;
};

}  // namespace

std::optional<Topology> read_hwloc(const HwlocRequest& request, std::string& why_not) {
  const std::optional<Hwloc> hwloc = open_hwloc(why_not);
  if (!hwloc) return std::nullopt;
  const LoadedTopology loaded = load(*hwloc, request.synthetic, why_not);
  if (loaded == nullptr) return std::nullopt;
  Reader reader;
  bool has_any = false;
  const int depth = hwloc->hwloc_get_type_depth(loaded.get(), HWLOC_OBJ_PU);
  const unsigned count = hwloc->hwloc_get_nbobjs_by_depth(loaded.get(), depth);
  for (unsigned index = 0; index < count; ++index) {
    const hwloc_obj_t processor = hwloc->hwloc_get_obj_by_depth(loaded.get(), depth, index);
    const unsigned number = processor->os_index;
    if (request.processors && !std::ranges::binary_search(*request.processors, number)) continue;
    reader.add(number, locate(*hwloc, processor));
    has_any = true;
  }
  if (!has_any) {
    why_not = fmt::format("hwloc knows none of the {} processors", request.processors ? request.processors->size() : 0);
    return std::nullopt;
  }
  return reader.take();
}

}  // namespace dotcompute::cpu
