#include <dotcompute/memory/pinned_memory_pool.hpp>

#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

namespace {

constexpr std::uint64_t most_idle_bytes = std::uint64_t{64} << 20;

std::uint64_t quarter_of_the_machine() noexcept {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return std::uint64_t{1} << 30;
  return static_cast<std::uint64_t>(pages) / 4 * static_cast<std::uint64_t>(page_bytes);
}

class OwnedPinnedMemory final : public SourceMemory {
 public:
  explicit OwnedPinnedMemory(std::unique_ptr<PinnedMemory> memory) noexcept : memory_(std::move(memory)) {}
  [[nodiscard]] std::byte* host() const noexcept override { return memory_->bytes().data(); }

 private:
  std::unique_ptr<PinnedMemory> memory_;
};

}  // namespace

PinnedMemorySource::PinnedMemorySource(DeviceAccelerator& accelerator)
    : accelerator_(accelerator), name_(fmt::format("pinned memory of {}", accelerator.info().id)) {}

std::unique_ptr<SourceMemory> PinnedMemorySource::allocate(std::uint64_t size_bytes, std::string& why_not) {
  try {
    if (auto memory = accelerator_.allocate_pinned(size_bytes)) {
      return std::make_unique<OwnedPinnedMemory>(std::move(memory));
    }
    why_not = fmt::format("{} has no pinned memory", accelerator_.info().id);
  } catch (const OutOfMemoryError& error) {
    why_not = error.what();
  }
  return nullptr;
}

PinnedMemoryPool::PinnedMemoryPool(DeviceAccelerator& accelerator)
    : source_(accelerator),
      pool_(source_, {.cap_bytes = quarter_of_the_machine(), .release_threshold_bytes = most_idle_bytes}),
      resource_(pool_) {}

std::unique_ptr<PinnedMemoryPool> PinnedMemoryPool::create(DeviceAccelerator& accelerator) {
  // Only the device can say, and it says so by giving none.
  if (accelerator.allocate_pinned(PoolResource::alignment_bytes) == nullptr) return nullptr;
  return std::unique_ptr<PinnedMemoryPool>(new PinnedMemoryPool(accelerator));
}

}  // namespace dotcompute
