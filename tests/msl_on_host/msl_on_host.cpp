#include "msl_on_host.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/device_groups.hpp>
#include <dotcompute/device/group_shape.hpp>

#include "metal_build.hpp"
#include "metal_kernel.hpp"

namespace msl_on_host {

using namespace dotcompute;

namespace {

constexpr std::uint64_t memory_limit = std::uint64_t{1} << 30;
constexpr std::uint64_t threadgroup_memory = 32 * 1024;
constexpr std::size_t alignment = 64;

std::size_t rounded(std::uint64_t bytes) { return (static_cast<std::size_t>(bytes) / alignment + 1) * alignment; }

class Memory final : public DeviceMemory {
 public:
  explicit Memory(std::uint64_t size_bytes)
      : size_bytes_(size_bytes), data_(static_cast<std::byte*>(std::aligned_alloc(alignment, rounded(size_bytes)))) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() override { std::free(data_); }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  std::byte* data() const noexcept { return data_; }

 private:
  std::uint64_t size_bytes_;
  std::byte* data_;
};

class DoneStream final : public Stream {
 public:
  explicit DoneStream(bool wide_indices) : wide_indices_(wide_indices) {}

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
    const auto& metal = static_cast<const MetalKernel&>(kernel);
    const dotcompute_kernel& record = metal.definition().record();
    const DeviceLaunch settled = settle_groups(record, launch, "msl-on-host");
    const std::uint64_t block_size = record.block_size;
    block_.resize(static_cast<std::size_t>(block_size) / alignment + 1);
    std::memcpy(block_.data(), launch.arguments, static_cast<std::size_t>(block_size));
    spans_.clear();
    for (const DeviceSpan& span : launch.spans) {
      std::byte* const data = span.memory == nullptr ? nullptr : bytes_of(*span.memory) + span.offset_bytes;
      spans_.push_back({data, span.count});
    }
    metal.run({.arguments = block_.data()->bytes,
               .spans = spans_,
               .grid = settled.grid,
               .group = settled.group,
               .wide_indices = wide_indices_});
    return ++done_;
  }

  StreamPoint wait_for(const Stream&, StreamPoint) override { return ++done_; }
  bool is_reached(StreamPoint point) const noexcept override { return point <= done_; }
  void wait(StreamPoint) const override {}

 private:
  struct alignas(alignment) Aligned {
    std::byte bytes[alignment];
  };

  static std::byte* bytes_of(const DeviceMemory& memory) { return static_cast<const Memory&>(memory).data(); }

  bool wide_indices_;
  std::atomic<StreamPoint> done_ = 0;
  std::vector<Aligned> block_;
  std::vector<dotcompute_span> spans_;
};

class HostMetal final : public DeviceAccelerator {
 public:
  explicit HostMetal(const Options& options)
      : wide_indices_(options.wide_indices), further_options_(options.takes_warnings ? "-Wno-error" : "") {
    info_.id = wide_indices_ ? "msl-on-host:wide" : "msl-on-host";
    info_.name = wide_indices_ ? "Metal texts compiled by Clang, indices of 64 bits" : "Metal texts compiled by Clang";
    info_.backend = "msl-on-host";
    info_.driver = compiler_version();
    info_.limits = {.memory_bytes = memory_limit,
                    .largest_allocation_bytes = memory_limit,
                    .local_memory_bytes = threadgroup_memory,
                    .largest_group_items = largest_group_items,
                    .largest_group = {largest_group_items, largest_group_items, largest_group_items},
                    .has_fp64 = false};
  }

  const AcceleratorInfo& info() const noexcept override { return info_; }

  std::optional<std::string> refusal(const KernelDefinition& kernel) const override {
    const dotcompute_source* const source = kernel.source(DOTCOMPUTE_LANGUAGE_MSL);
    if (source == nullptr) return fmt::format("'{}' has no Metal text", kernel.name());
    if (source->text == nullptr)
      return fmt::format("'{}' cannot be written in Metal: {}", kernel.name(), source->refusal);
    if ((source->features & DOTCOMPUTE_FEATURE_RAW) != 0) {
      return fmt::format("'{}' was given in Metal; only what kernelc writes runs here", kernel.name());
    }
    return group_refusal(kernel.record(), info_.limits, info_.id);
  }

  std::unique_ptr<DeviceMemory> allocate(std::uint64_t size_bytes) override {
    if (size_bytes <= memory_limit) return std::make_unique<Memory>(size_bytes);
    throw OutOfMemoryError(Remedy::fall_back,
                           fmt::format("msl-on-host: {} bytes were asked for, and {} is the most; use a smaller buffer",
                                       size_bytes, memory_limit));
  }

  std::unique_ptr<Stream> create_stream() override { return std::make_unique<DoneStream>(wide_indices_); }

  std::vector<std::byte> build(const KernelDefinition& kernel) override {
    if (const auto reason = refusal(kernel)) throw DeviceError(Remedy::fall_back, *reason);
    return sealed(compile_text(kernel, *kernel.source(DOTCOMPUTE_LANGUAGE_MSL), further_options_));
  }

  std::unique_ptr<DeviceKernel> load(const KernelDefinition& kernel, std::span<const std::byte> image) override {
    const auto object = unsealed(image);
    if (object) return std::make_unique<MetalKernel>(kernel, *object);
    throw DeviceError(Remedy::retry, fmt::format("msl-on-host: this is no image of {}; build it again", kernel.name()));
  }

  std::optional<std::string> loss() const override { return std::nullopt; }

 private:
  bool wide_indices_;
  std::string_view further_options_;
  AcceleratorInfo info_;
};

}  // namespace

std::optional<std::string> why_absent() {
  if (!compiler_version().empty()) return std::nullopt;
  return "there is no clang++-19, which compiles the texts";
}

std::unique_ptr<DeviceAccelerator> make_accelerator(const Options& options) {
  return std::make_unique<HostMetal>(options);
}

}  // namespace msl_on_host
