#include <dotcompute/device/group_memory.hpp>

#include <memory>
#include <new>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute {

namespace {

constexpr std::align_val_t alignment{64};

struct Delete {
  void operator()(std::byte* memory) const noexcept { ::operator delete(memory, alignment); }
};

struct Memory {
  std::unique_ptr<std::byte, Delete> bytes;
  std::uint64_t size = 0;
};

}  // namespace

std::byte* group_memory(std::uint64_t bytes) {
  static thread_local Memory memory;
  if (bytes > memory.size) {
    // Not both at once.
    memory.size = 0;
    memory.bytes.reset();
    try {
      memory.bytes.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), alignment)));
    } catch (const std::bad_alloc&) {
      throw OutOfMemoryError(
          Remedy::fix_input,
          fmt::format("a group needs {} bytes for its shared arrays and for what its items keep across barriers, and a "
                      "thread cannot have them; ask for smaller groups, or make the arrays smaller",
                      bytes));
    }
    memory.size = bytes;
  }
  return memory.bytes.get();
}

}  // namespace dotcompute
