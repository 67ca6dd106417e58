#include "metal_kernel.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/fibers.hpp>
#include <dotcompute/device/group_shape.hpp>
#include <dotcompute/device/host_fp_environment.hpp>
#include <dotcompute/device/item_boxes.hpp>

#include "metal_build.hpp"

namespace msl_on_host {

using namespace dotcompute;

namespace {

constexpr std::uint64_t groups_per_slice = 100;

/// Lies in memory as dotcompute_item in metal/metal_host.
struct MetalItem {
  using Vector = std::array<std::uint32_t, 3>;
  Vector thread_position_in_grid;
  Vector thread_position_in_threadgroup;
  Vector threadgroup_position_in_grid;
  Vector threads_per_threadgroup;
  Vector threadgroups_per_grid;
  Vector threads_per_grid;
  std::uint32_t thread_index_in_threadgroup;
};

using ItemFunction = void (*)(const std::uint64_t* arguments, const MetalItem* item);

/// Where the texts' barriers go: the fibers of the thread's launch.
thread_local const dotcompute_fibers* fibers_of_launch = nullptr;

/// What the thread's launch did that Metal leaves undefined, as the end of a sentence; null if nothing.
thread_local const char* undefined_in_launch = nullptr;

/// The addresses that a text's buffers are given.
class Buffers {
 public:
  void add(const void* address) noexcept { addresses_[count_++] = reinterpret_cast<std::uint64_t>(address); }

  /// A size or an index, in as many bits as the text takes; the place where it lies.
  std::uint64_t& add_index(std::uint64_t value, bool is_narrow) noexcept {
    std::uint64_t& place = indices_[count_];
    set(place, value, is_narrow);
    add(&place);
    return place;
  }
  static void set(std::uint64_t& place, std::uint64_t value, bool is_narrow) noexcept {
    const auto narrow = static_cast<std::uint32_t>(value);
    if (is_narrow) {
      std::memcpy(&place, &narrow, sizeof narrow);
    } else {
      place = value;
    }
  }

  [[nodiscard]] const std::uint64_t* data() const noexcept { return addresses_.data(); }

 private:
  static constexpr std::size_t most = 31;  // of Metal's buffer argument table
  std::array<std::uint64_t, most> addresses_{};
  std::array<std::uint64_t, most> indices_{};
  std::size_t count_ = 0;
};

/// What the items of the group that runs have in common.
struct Group {
  ItemFunction function;
  const std::uint64_t* arguments;
  MetalItem item;  ///< But for the thread's own positions.
  GroupShape shape;

  static void run_item(void* self, std::uint64_t index) {
    const Group& group = *static_cast<const Group*>(self);
    MetalItem item = group.item;
    std::uint64_t rest = index;
    for (std::size_t d = 0; d < 3; ++d) {
      item.thread_position_in_threadgroup[d] = static_cast<std::uint32_t>(rest % group.shape.size[d]);
      item.thread_position_in_grid[d] = item.threadgroup_position_in_grid[d] * item.threads_per_threadgroup[d] +
                                        item.thread_position_in_threadgroup[d];
      rest /= group.shape.size[d];
    }
    item.thread_index_in_threadgroup = static_cast<std::uint32_t>(index);
    group.function(group.arguments, &item);
  }
};

/// Runs the groups of one slice; false if the items of a group come by different barriers.
bool run_slice(Group& group, const dotcompute_box& groups, const dotcompute_fibers& fibers) {
  for (std::size_t d = 0; d < 3; ++d) {
    const std::uint64_t count = groups.end[d] - groups.begin[d];
    group.item.threads_per_threadgroup[d] = static_cast<std::uint32_t>(group.shape.size[d]);
    group.item.threadgroups_per_grid[d] = static_cast<std::uint32_t>(count);
    group.item.threads_per_grid[d] = static_cast<std::uint32_t>(count * group.shape.size[d]);
  }
  MetalItem::Vector& at = group.item.threadgroup_position_in_grid;
  const MetalItem::Vector& end = group.item.threadgroups_per_grid;
  for (at[2] = 0; at[2] < end[2]; ++at[2]) {
    for (at[1] = 0; at[1] < end[1]; ++at[1]) {
      for (at[0] = 0; at[0] < end[0]; ++at[0]) {
        if (fibers.run(fibers.context, group.shape.items(), Group::run_item, &group) != 0) return false;
      }
    }
  }
  return true;
}

/// The fibers that barriers of this thread wait on, for the scope's duration.
class FibersOfLaunch {
 public:
  explicit FibersOfLaunch(const dotcompute_fibers& fibers) noexcept { fibers_of_launch = &fibers; }
  FibersOfLaunch(const FibersOfLaunch&) = delete;
  FibersOfLaunch& operator=(const FibersOfLaunch&) = delete;
  ~FibersOfLaunch() { fibers_of_launch = nullptr; }
};

bool fits_32_bits(const MetalLaunch& launch, const dotcompute_grid& grid) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  for (const dotcompute_span& span : launch.spans) {
    if (span.size > most) return false;
  }
  return grid.size[0] <= most && grid.size[1] <= most && grid.size[2] <= most;
}

}  // namespace

struct MetalKernel::Object {
  explicit Object(std::span<const std::byte> bytes) {
    // A name that was never used in this process, or the loader gives the object that it loaded under it before.
    const TemporaryDirectory directory;
    const std::string path = directory.file("kernel.so");
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      throw DeviceError(Remedy::report_bug, fmt::format("msl-on-host cannot load a compiled text: {}", dlerror()));
    }
    narrow = reinterpret_cast<ItemFunction>(dlsym(handle, narrow_function));
    wide = reinterpret_cast<ItemFunction>(dlsym(handle, wide_function));
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { dlclose(handle); }

  void* handle = nullptr;
  ItemFunction narrow = nullptr;
  ItemFunction wide = nullptr;
};

MetalKernel::MetalKernel(const KernelDefinition& kernel, std::span<const std::byte> object)
    : kernel_(kernel),
      object_(std::make_unique<const Object>(object)),
      has_group_arrays_(std::string_view(kernel.source(DOTCOMPUTE_LANGUAGE_MSL)->text).find("threadgroup ") !=
                        std::string_view::npos) {}

MetalKernel::~MetalKernel() = default;

void MetalKernel::refuse(const std::string& message) const {
  ErrorContext context;
  context.kernel = kernel_.name();
  context.device = "msl-on-host";
  throw ExecutionError(Remedy::fix_input, message, std::move(context));
}

void MetalKernel::run(const MetalLaunch& launch) const {
  const dotcompute_kernel& record = kernel_.record();
  Group group{};
  group.shape = group_shape(record, launch.group);
  if (group.shape.items() > largest_group_items) {
    refuse(fmt::format("kernel {} in groups of {} work-items: msl-on-host allows {}; give a smaller size",
                       kernel_.name(), group.shape.items(), largest_group_items));
  }
  dotcompute_grid whole = launch.grid;
  if (!round_to_groups(whole, group.shape)) refuse(fmt::format("the grid of {} is too large", kernel_.name()));
  const bool is_narrow = !launch.wide_indices && fits_32_bits(launch, whole);

  Buffers buffers;
  std::size_t next_span = 0;
  for (const dotcompute_parameter& parameter : kernel_.entry_parameters()) {
    if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) {
      buffers.add(launch.arguments + parameter.offset);
      continue;
    }
    const dotcompute_span& span = launch.spans[next_span++];
    buffers.add(span.data);
    buffers.add_index(span.size, is_narrow);
  }
  for (std::uint32_t d = 0; d < record.dimensions; ++d) buffers.add_index(launch.grid.size[d], is_narrow);
  std::array<std::uint64_t*, 3> first{};
  for (std::uint32_t d = 0; d < record.dimensions; ++d) first[d] = &buffers.add_index(0, is_narrow);
  group.function = is_narrow ? object_->narrow : object_->wide;
  group.arguments = buffers.data();

  std::unique_lock lock(one_group_at_a_time_, std::defer_lock);
  if (has_group_arrays_) lock.lock();
  Fibers& fibers = fibers_of_thread();
  fibers.prepare(group.shape.items(), (record.group_features & DOTCOMPUTE_GROUP_BARRIER) != 0);
  const FibersOfLaunch scope(*fibers.table());
  undefined_in_launch = nullptr;
  const HostFpEnvironment environment;  // rounding and denormals as the reference has them
  const ItemBoxes slices(group_counts(whole, group.shape), groups_per_slice, 1);
  for (std::uint64_t i = 0; i < slices.count(); ++i) {
    const dotcompute_box groups = slices[i];
    for (std::uint32_t d = 0; d < record.dimensions; ++d) {
      Buffers::set(*first[d], groups.begin[d] * group.shape.size[d], is_narrow);
    }
    if (!run_slice(group, groups, *fibers.table())) {
      refuse(fmt::format("kernel {}: {}", kernel_.name(), fibers.problem().value_or("a group did not end")));
    }
  }
  if (undefined_in_launch != nullptr) {
    refuse(
        fmt::format("the Metal text of {} does what Metal leaves undefined: {}", kernel_.name(), undefined_in_launch));
  }
}

}  // namespace msl_on_host

/// What a text's barrier calls; `line` is the barrier's.
extern "C" __attribute__((visibility("default"))) void dotcompute_metal_barrier(std::uint32_t line) {
  msl_on_host::fibers_of_launch->wait(msl_on_host::fibers_of_launch->context, line);
}

// What Clang's checks call, in code that is compiled with -fsanitize-minimal-runtime.
#define DOTCOMPUTE_UNDEFINED(name, what)                                                     \
  extern "C" __attribute__((visibility("default"))) void __ubsan_handle_##name##_minimal() { \
    msl_on_host::undefined_in_launch = what;                                                 \
  }
DOTCOMPUTE_UNDEFINED(add_overflow, "a sum overflows")
DOTCOMPUTE_UNDEFINED(sub_overflow, "a difference overflows")
DOTCOMPUTE_UNDEFINED(mul_overflow, "a product overflows")
DOTCOMPUTE_UNDEFINED(negate_overflow, "a negation overflows")
DOTCOMPUTE_UNDEFINED(float_cast_overflow, "a conversion of a floating-point number that is out of range")
DOTCOMPUTE_UNDEFINED(out_of_bounds, "an index outside an array")
#undef DOTCOMPUTE_UNDEFINED

// The processor would end the program without a word.
extern "C" __attribute__((visibility("default"))) void __ubsan_handle_divrem_overflow_minimal() {
  std::fputs("msl-on-host: a Metal text divides by zero, or the smallest number by -1\n", stderr);
  std::abort();
}
