#include "run_kernel.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/group_shape.hpp>

namespace dotcompute::conformance {

namespace {

/// The kernels of the suite look at their own indices, whatever their arguments are. Arithmetic without a result is
/// theirs to show: it is contained, and compared like any other.
void require_no_fault(const KernelDefinition& kernel, const Memory& faults) {
  if (faults.empty()) return;
  std::uint32_t words[DOTCOMPUTE_FAULT_WORDS];
  std::memcpy(words, faults.data(), sizeof words);
  if (words[DOTCOMPUTE_FAULT_CLAIM] == 0) return;
  const dotcompute_check& check = kernel.record().checks[words[DOTCOMPUTE_FAULT_CHECK]];
  if (check.kind != DOTCOMPUTE_CHECK_INDEX && check.kind != DOTCOMPUTE_CHECK_PART) return;
  throw ExecutionError(Remedy::report_bug,
                       fmt::format("{} reports a fault of kind {} at {}:{}:{} ({}) with the values {} and {}",
                                   kernel.name(), check.kind, check.file, check.line, check.column, check.subject,
                                   words[DOTCOMPUTE_FAULT_VALUES], words[DOTCOMPUTE_FAULT_VALUES + 2]));
}

class OnHost final : public LoadedKernel {
 public:
  OnHost(HostAccelerator& device, const KernelDefinition& kernel)
      : device_(device), definition_(kernel), kernel_(device.load(kernel)) {}

  void run(Arguments& arguments, const dotcompute_grid& grid, const dotcompute_grid& group) override {
    LaunchDescription launch;
    launch.arguments = arguments.block();
    launch.grid = grid;
    launch.group = group;
    if (kernel_->run(launch) == LaunchOutcome::completed) return require_no_fault(definition_, arguments.faults());
    throw ExecutionError(Remedy::report_bug, fmt::format("{} stopped without being asked to", device_.info().id));
  }

 private:
  HostAccelerator& device_;
  KernelDefinition definition_;
  std::unique_ptr<HostKernel> kernel_;
};

/// The elements of a span in a device's memory, between guards that no kernel may write.
class GuardedSpan {
 public:
  GuardedSpan(DeviceAccelerator& device, const dotcompute_parameter& parameter, std::span<const std::byte> elements)
      : parameter_(parameter),
        // Not at the beginning of the memory, as a part of a buffer; and sometimes there.
        offset_bytes_(elements.size() / parameter.type->size % 4 * parameter.type->size),
        image_(offset_bytes_ + elements.size() + guard_bytes, guard),
        memory_(device.allocate(image_.size())) {
    std::copy(elements.begin(), elements.end(), image_.begin() + static_cast<std::ptrdiff_t>(offset_bytes_));
  }

  StreamPoint write(Stream& stream) { return stream.write(*memory_, 0, image_); }
  StreamPoint read(Stream& stream) { return stream.read(image_, *memory_, 0); }

  [[nodiscard]] DeviceSpan span(std::uint64_t count) const { return {memory_.get(), offset_bytes_, count}; }

  /// Takes what was read; throws ExecutionError if a guard has changed.
  void take(Memory& elements, const KernelDefinition& kernel) const {
    const auto begin = image_.begin() + static_cast<std::ptrdiff_t>(offset_bytes_);
    const auto end = begin + static_cast<std::ptrdiff_t>(elements.size());
    const auto is_changed = [](std::byte each) { return each != guard; };
    const bool before = std::any_of(image_.begin(), begin, is_changed);
    if (before || std::any_of(end, image_.end(), is_changed)) {
      throw ExecutionError(Remedy::report_bug, fmt::format("{} wrote {} the elements of '{}'", kernel.name(),
                                                           before ? "before" : "after", parameter_.name));
    }
    if (parameter_.written == 0 && !std::equal(begin, end, elements.begin())) {
      throw ExecutionError(Remedy::report_bug,
                           fmt::format("{} wrote to '{}', which it only reads", kernel.name(), parameter_.name));
    }
    std::copy(begin, end, elements.begin());
  }

 private:
  static constexpr std::byte guard{0xA5};
  static constexpr std::size_t guard_bytes = 256;

  const dotcompute_parameter& parameter_;
  std::uint64_t offset_bytes_;
  Memory image_;
  std::unique_ptr<DeviceMemory> memory_;
};

class OnDevice final : public LoadedKernel {
 public:
  OnDevice(DeviceAccelerator& device, const KernelDefinition& kernel)
      : device_(device),
        definition_(kernel),
        kernel_(device.load(kernel, device.build(kernel))),
        stream_(device.create_stream()) {}

  void run(Arguments& arguments, const dotcompute_grid& grid, const dotcompute_grid& group) override {
    std::vector<GuardedSpan> spans;
    spans.reserve(arguments.spans().size() + 1);
    for (const dotcompute_parameter& parameter : definition_.parameters()) {
      if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
      spans.emplace_back(device_, parameter, arguments.spans()[spans.size()]);
    }
    if (definition_.is_checked()) {
      spans.emplace_back(device_, definition_.entry_parameters().back(), arguments.faults());
    }
    std::vector<DeviceSpan> places;
    for (GuardedSpan& span : spans) {
      span.write(*stream_);
      const bool is_argument = places.size() < arguments.spans().size();
      places.push_back(span.span(is_argument ? arguments.size() : DOTCOMPUTE_FAULT_WORDS));
    }
    // A device is never asked for an empty grid.
    const bool is_empty = grid.size[0] == 0 || grid.size[1] == 0 || grid.size[2] == 0;
    if (!is_empty) {
      stream_->launch(*kernel_, {.arguments = arguments.block(), .spans = places, .grid = grid, .group = group});
    }
    StreamPoint last = 0;
    for (GuardedSpan& span : spans) last = span.read(*stream_);
    stream_->wait(last);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      spans[i].take(i < arguments.spans().size() ? arguments.spans()[i] : arguments.faults(), definition_);
    }
    require_no_fault(definition_, arguments.faults());
  }

 private:
  DeviceAccelerator& device_;
  KernelDefinition definition_;
  std::unique_ptr<DeviceKernel> kernel_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace

dotcompute_grid grid_for(const KernelDefinition& kernel, std::uint64_t size) {
  if (kernel.dimensions() == 1 || size == 0) return {{size, 1, 1}};
  std::uint64_t side = 1;
  const auto items = [&](std::uint64_t s) { return kernel.dimensions() == 2 ? s * s : s * s * s; };
  while (items(side + 1) <= size) ++side;
  return kernel.dimensions() == 2 ? dotcompute_grid{{side, size / side, 1}}
                                  : dotcompute_grid{{side, side, size / (side * side)}};
}

std::vector<dotcompute_grid> group_sizes_for(const KernelDefinition& kernel, std::uint64_t size,
                                             const DeviceLimits& limits, std::uint64_t largest_items) {
  std::vector<dotcompute_grid> sizes{{{0, 0, 0}}};
  constexpr std::uint64_t large = 1000;
  if (!uses_groups(kernel.record()) || kernel.record().fixed_group[0] != 0 || size > large) return sizes;
  const auto add = [&](std::uint64_t x, std::uint64_t y, std::uint64_t z) {
    if (x * y * z > largest_items) return;
    if (limits.largest_group_items != 0 && x * y * z > limits.largest_group_items) return;
    const std::uint64_t sides[3] = {x, y, z};
    for (std::size_t d = 0; d < 3; ++d) {
      if (limits.largest_group[d] != 0 && sides[d] > limits.largest_group[d]) return;
    }
    sizes.push_back({{x, y, z}});
  };
  add(1, 1, 1);
  switch (kernel.dimensions()) {
    case 1: add(7, 1, 1), add(33, 1, 1), add(64, 1, 1), add(largest_group_items, 1, 1); break;
    case 2: add(5, 3, 1), add(32, 8, 1), add(1, 64, 1), add(32, 32, 1); break;
    default: add(3, 5, 2), add(16, 2, 4), add(1, 1, 64), add(16, 8, 8); break;
  }
  return sizes;
}

std::unique_ptr<LoadedKernel> load_kernel(Accelerator& device, const KernelDefinition& kernel) {
  if (auto* host = dynamic_cast<HostAccelerator*>(&device)) return std::make_unique<OnHost>(*host, kernel);
  if (auto* own = dynamic_cast<DeviceAccelerator*>(&device)) return std::make_unique<OnDevice>(*own, kernel);
  throw DeviceError(Remedy::report_bug,
                    fmt::format("'{}' is neither a HostAccelerator nor a DeviceAccelerator", device.info().id));
}

}  // namespace dotcompute::conformance
