#include <dotcompute/runtime/accelerator_memory.hpp>

#include <dotcompute/memory/host_resource.hpp>
#include <dotcompute/memory/session_memory.hpp>
#include <dotcompute/runtime/runtime_parts.hpp>

namespace dotcompute {

MemoryStatistics AcceleratorMemory::statistics() const noexcept {
  return session_ == nullptr ? pool_->statistics() : session_->statistics();
}

namespace detail {

AcceleratorMemory RuntimeCore::memory(std::string_view id) {
  const Device& found = device(id);
  if (found.session == nullptr) return {HostResource::instance().pool(), nullptr};
  SessionMemory& memory = found.session->memory();
  return {memory.pool(), &memory};
}

const AcceleratorMemoryOptions& RuntimeCore::memory_options(std::string_view id) const noexcept {
  static const AcceleratorMemoryOptions none;
  const AcceleratorMemoryOptions* found = &none;
  for (const AcceleratorMemoryOptions& options : parts_.memory) {
    if (options.accelerator == id) return options;
    if (options.accelerator.empty() && found == &none) found = &options;
  }
  return *found;
}

}  // namespace detail
}  // namespace dotcompute
