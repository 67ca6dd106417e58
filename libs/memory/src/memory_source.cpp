#include <dotcompute/memory/memory_source.hpp>

#include <cstring>

namespace dotcompute {

bool MemorySource::read(const SourceMemory& from, std::uint64_t offset_bytes, std::span<std::byte> to) {
  if (from.host() == nullptr) return false;
  std::memcpy(to.data(), from.host() + offset_bytes, to.size());
  return true;
}

bool MemorySource::write(const SourceMemory& to, std::uint64_t offset_bytes, std::span<const std::byte> from) {
  if (to.host() == nullptr) return false;
  std::memcpy(to.host() + offset_bytes, from.data(), from.size());
  return true;
}

}  // namespace dotcompute
