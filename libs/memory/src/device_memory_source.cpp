#include <dotcompute/memory/device_memory_source.hpp>

#include <utility>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

namespace {

class OwnedDeviceMemory final : public SourceMemory {
 public:
  explicit OwnedDeviceMemory(std::unique_ptr<DeviceMemory> memory) noexcept : memory_(std::move(memory)) {}
  [[nodiscard]] DeviceMemory* device() const noexcept override { return memory_.get(); }

 private:
  std::unique_ptr<DeviceMemory> memory_;
};

}  // namespace

std::unique_ptr<SourceMemory> DeviceMemorySource::allocate(std::uint64_t size_bytes, std::string& why_not) {
  try {
    return std::make_unique<OwnedDeviceMemory>(accelerator_.allocate(size_bytes));
  } catch (const OutOfMemoryError& error) {
    why_not = error.what();
    return nullptr;
  }
}

Stream& DeviceMemorySource::stream() {
  if (stream_ == nullptr) stream_ = accelerator_.create_stream();
  return *stream_;
}

bool DeviceMemorySource::read(const SourceMemory& from, std::uint64_t offset_bytes, std::span<std::byte> to) {
  const std::lock_guard lock(mutex_);
  Stream& own = stream();
  own.wait(own.read(to, *from.device(), offset_bytes));
  return true;
}

bool DeviceMemorySource::write(const SourceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) {
  const std::lock_guard lock(mutex_);
  Stream& own = stream();
  own.wait(own.write(*to.device(), offset_bytes, from));
  return true;
}

}  // namespace dotcompute
