#include "minimal_backend.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/host_fp_environment.hpp>

namespace minimal {

using namespace dotcompute;

namespace {

constexpr std::uint64_t memory_limit = std::uint64_t{1} << 30;
constexpr std::uint64_t group_limit = 1024;

class MinimalMemory final : public DeviceMemory {
 public:
  explicit MinimalMemory(std::uint64_t size_bytes)
      : size_bytes_(size_bytes), data_(static_cast<std::byte*>(std::malloc(size_bytes + 1))) {}
  ~MinimalMemory() override { std::free(data_); }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  std::byte* data() const noexcept { return data_; }

 private:
  std::uint64_t size_bytes_;
  std::byte* data_;
};

class MinimalKernel final : public DeviceKernel {
 public:
  explicit MinimalKernel(const KernelDefinition& kernel) : definition(kernel) {}
  const KernelDefinition definition;
};

class MinimalStream final : public Stream {
 public:
  StreamPoint write(DeviceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(bytes_of(to) + offset_bytes, from.data(), from.size());
    return ++done_;
  }

  StreamPoint read(std::span<std::byte> to, const DeviceMemory& from, std::uint64_t offset_bytes) override {
    if (!to.empty()) std::memcpy(to.data(), bytes_of(from) + offset_bytes, to.size());
    return ++done_;
  }

  StreamPoint copy(DeviceMemory& to, std::uint64_t to_offset_bytes, const DeviceMemory& from,
                   std::uint64_t from_offset_bytes, std::uint64_t size_bytes) override {
    if (size_bytes != 0) std::memcpy(bytes_of(to) + to_offset_bytes, bytes_of(from) + from_offset_bytes, size_bytes);
    return ++done_;
  }

  StreamPoint launch(const DeviceKernel& kernel, const DeviceLaunch& launch) override {
    const KernelDefinition& definition = static_cast<const MinimalKernel&>(kernel).definition;
    check_group(definition, launch.group);
    // The argument block with the device's own addresses in place of the spans'.
    block_.resize(definition.record().block_size / sizeof(Aligned) + 1);
    auto* const block = reinterpret_cast<std::byte*>(block_.data());
    std::memcpy(block, launch.arguments, definition.record().block_size);
    std::size_t next = 0;
    for (const dotcompute_parameter& parameter : definition.parameters()) {
      if (parameter.kind == DOTCOMPUTE_PARAMETER_VALUE) continue;
      const DeviceSpan& place = launch.spans[next++];
      std::byte* const data = place.memory == nullptr ? nullptr : bytes_of(*place.memory) + place.offset_bytes;
      const dotcompute_span span{data, place.count};
      std::memcpy(block + parameter.offset, &span, sizeof span);
    }
    dotcompute_box items{};
    std::memcpy(items.end, launch.grid.size, sizeof items.end);
    const HostFpEnvironment environment;  // rounding and denormals as the reference has them
    definition.record().reference(block, &launch.grid, &items);
    return ++done_;
  }

  StreamPoint wait_for(const Stream&, StreamPoint) override { return ++done_; }
  bool is_reached(StreamPoint point) const noexcept override { return point <= done_; }
  void wait(StreamPoint) const override {}

 private:
  struct alignas(64) Aligned {
    std::byte bytes[64];
  };

  static std::byte* bytes_of(const DeviceMemory& memory) { return static_cast<const MinimalMemory&>(memory).data(); }

  static void check_group(const KernelDefinition& kernel, const dotcompute_grid& group) {
    const std::uint64_t items = group.size[0] * group.size[1] * group.size[2];
    if (items <= group_limit) return;
    throw ExecutionError(Remedy::fix_input, std::string(kernel.name()) + " on minimal: a group of " +
                                                std::to_string(items) + " work-items; the device allows " +
                                                std::to_string(group_limit) + ", use a smaller group");
  }

  std::atomic<StreamPoint> done_ = 0;
  std::vector<Aligned> block_;
};

class MinimalAccelerator final : public DeviceAccelerator {
 public:
  const AcceleratorInfo& info() const noexcept override { return info_; }

  std::optional<std::string> refusal(const KernelDefinition& kernel) const override {
    if (kernel.record().reference == nullptr) {
      return "'" + std::string(kernel.name()) + "' has no reference, which is all that this device runs";
    }
    if (kernel.record().group_features == 0) return std::nullopt;
    return "'" + std::string(kernel.name()) + "' uses its group, and this device runs items one by one";
  }

  std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override {
    if (size_bytes <= memory_limit) return std::make_unique<MinimalMemory>(size_bytes);
    throw OutOfMemoryError(Remedy::fall_back, "minimal: " + std::to_string(size_bytes) + " bytes were asked for, and " +
                                                  std::to_string(memory_limit) + " is the most; use a smaller buffer");
  }

  std::unique_ptr<Stream> create_stream() override { return std::make_unique<MinimalStream>(); }

  std::vector<std::byte> build(const KernelDefinition& kernel) override {
    if (const auto reason = refusal(kernel)) throw DeviceError(Remedy::fall_back, *reason);
    const auto hash = std::as_bytes(std::span(kernel.content_hash()));
    return {hash.begin(), hash.end()};
  }

  std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel, std::span<const std::byte> image) override {
    const auto hash = std::as_bytes(std::span(kernel.content_hash()));
    if (image.size() == hash.size() && std::memcmp(image.data(), hash.data(), hash.size()) == 0) {
      return std::make_unique<MinimalKernel>(kernel);
    }
    throw DeviceError(Remedy::retry, "minimal: this is no image of " + std::string(kernel.name()) + "; build it again");
  }

  std::optional<std::string> loss() const override { return std::nullopt; }

 private:
  AcceleratorInfo info_{.id = "minimal:0",
                        .name = "malloc and the reference",
                        .backend = "minimal",
                        .driver = "minimal 1",
                        .limits = {.memory_bytes = memory_limit,
                                   .largest_allocation_bytes = memory_limit,
                                   .local_memory_bytes = 0,
                                   .largest_group_items = group_limit,
                                   .largest_group = {group_limit, group_limit, group_limit}}};
};

class MinimalProvider final : public AcceleratorProvider {
 public:
  std::string_view backend() const noexcept override { return "minimal"; }

  FoundAccelerators find() override {
    FoundAccelerators found;
    found.accelerators.push_back(make_accelerator());
    return found;
  }
};

}  // namespace

std::unique_ptr<DeviceAccelerator> make_accelerator() { return std::make_unique<MinimalAccelerator>(); }

std::unique_ptr<AcceleratorProvider> make_provider() { return std::make_unique<MinimalProvider>(); }

}  // namespace minimal
