#include <dotcompute/memory/buffer_part.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>

namespace dotcompute::detail {

namespace {

/// "3 elements (12 bytes)"
std::string text(const ElementCount& elements) {
  return fmt::format("{} element{} ({} bytes)", elements.count, elements.count == 1 ? "" : "s",
                     elements.count * elements.element_size_bytes);
}

std::string_view text(Access access) noexcept {
  switch (access) {
    case Access::read: return "reading";
    case Access::write: return "writing";
    case Access::read_write: return "reading and writing";
  }
  return "";
}

constexpr Use use_of(Access access) noexcept {
  switch (access) {
    case Access::read: return Use::read;
    case Access::write: return Use::overwrite;
    case Access::read_write: break;
  }
  return Use::update;
}

}  // namespace

void throw_moved_from() {
  throw MemoryError(Remedy::fix_input,
                    "a buffer was used after it was moved from; use the buffer that it was moved to, or assign another "
                    "one to this first");
}

void check_slice(const ElementCount& whole, std::uint64_t first, std::uint64_t count) {
  if (first <= whole.count && count <= whole.count - first) return;
  throw MemoryError(
      Remedy::fix_input,
      fmt::format(
          "cannot take {} elements of {} bytes each from element {} on: there are {}; ask for elements that are "
          "there",
          count, whole.element_size_bytes, first, text(whole)));
}

void check_cast(const BufferPart& part, const ElementCast& cast) {
  const std::uint64_t size_bytes = part.range.size();
  const auto refuse = [&](const std::string& why) {
    throw MemoryError(Remedy::fix_input, fmt::format("cannot see {} as elements of {} bytes: {}; slice it first",
                                                     text({size_bytes / cast.from_size_bytes, cast.from_size_bytes}),
                                                     cast.to_size_bytes, why));
  };
  if (size_bytes % cast.to_size_bytes != 0) {
    refuse(fmt::format("{} bytes are left over", size_bytes % cast.to_size_bytes));
  }
  if (part.empty()) return;
  if (part.range.begin % cast.to_size_bytes != 0) {
    refuse(fmt::format("they begin at byte {} of their buffer, which is no multiple of {}", part.range.begin,
                       cast.to_size_bytes));
  }
  if (reinterpret_cast<std::uintptr_t>(part.data()) % cast.to_alignment != 0) {
    throw MemoryError(
        Remedy::fix_input,
        fmt::format("cannot see adopted memory at {} as elements that are aligned to {} bytes; adopt memory "
                    "that is, or copy it into a buffer",
                    static_cast<const void*>(part.data()), cast.to_alignment));
  }
}

namespace {

constexpr HostUse host_use(Use use) noexcept { return use == Use::read ? HostUse::read : HostUse::write; }

[[noreturn]] void throw_is_mapped(const BufferPart& part, Use use) {
  throw MemoryError(
      Remedy::fix_input,
      fmt::format("cannot {} {} bytes of a buffer of {} bytes: it is mapped for {}; end that mapping first, or use it",
                  use == Use::read ? "read" : "write", part.range.size(), part.storage->size_bytes(),
                  part.storage->uses().is_mapped_for_writing() ? "writing" : "reading"));
}

/// The caller has the use.
void make_current(const BufferPart& part, Use use) {
  if (!part.empty()) part.storage->use_on_host(use, part.range);
}

HeldUse take_use(const BufferPart& part, Use use) {
  if (part.empty()) return {};
  std::optional<HeldUse> held = HeldUse::take(part.storage->uses(), host_use(use));
  if (!held && !part.storage->uses().is_mapped_for_writing()) throw_is_mapped(part, use);
  // Where a mapping writes nobody else is there, and what the program does beside its own mapping is its own affair.
  return held ? *std::move(held) : HeldUse();
}

}  // namespace

HeldUse hold_part_on_host(const BufferPart& part, Use use) {
  HeldUse held = take_use(part, use);
  make_current(part, use);
  return held;
}

namespace {

/// The caller has both uses.
void copy_bytes(const BufferPart& to, const BufferPart& from) {
  const bool is_apart = to.storage != from.storage || !to.range.intersects(from.range);
  if (is_apart && copy_on_device(to, from)) return;
  make_current(from, Use::read);
  make_current(to, Use::overwrite);
  std::memmove(to.data(), from.data(), to.range.size());
}

}  // namespace

void copy_part(const BufferPart& to, const BufferPart& from) {
  if (to.empty() || (to.storage == from.storage && to.range == from.range)) return;
  if (to.storage == from.storage) {
    const HeldUse held = take_use(to, Use::overwrite);
    return copy_bytes(to, from);
  }
  if (from.storage->uses().is_mapped_for_writing() || to.storage->uses().is_mapped_for_writing()) {
    // One of them is in the program's own hands and takes no use, so that nobody waits for one while holding the other.
    const HeldUse reading = take_use(from, Use::read);
    const HeldUse writing = take_use(to, Use::overwrite);
    return copy_bytes(to, from);
  }
  const auto held = HeldUse::take_both(from.storage->uses(), to.storage->uses());
  if (!held) throw_is_mapped(to, Use::overwrite);
  copy_bytes(to, from);
}

void throw_copy_sizes_differ(const ElementCount& destination, const ElementCount& source) {
  throw MemoryError(Remedy::fix_input,
                    fmt::format("cannot copy {} into {}: the sizes must be equal; pass a part of the larger one",
                                text(source), text(destination)));
}

StorageHold adopt_memory(const AdoptedMemory& memory, Release release) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data);
  const auto refuse = [&](const std::string& why) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("cannot adopt {} elements of {} bytes each at {}: {}", memory.count,
                                  memory.element_size_bytes, static_cast<const void*>(memory.data), why));
  };
  std::uint64_t size_bytes = 0;
  std::uintptr_t end = 0;
  if (__builtin_mul_overflow(memory.count, memory.element_size_bytes, &size_bytes) ||
      __builtin_add_overflow(address, size_bytes, &end)) {
    refuse("that is more than memory can hold; pass the size of the memory that is there");
  }
  if (address == 0 && size_bytes != 0) refuse("the address is null; pass memory that holds them");
  if (size_bytes != 0 && address % memory.alignment != 0) {
    refuse(
        fmt::format("the address is no multiple of {}, their alignment; pass memory that is aligned, or copy it into "
                    "a buffer",
                    memory.alignment));
  }
  return StorageHold(BufferStorage::adopt({memory.data, size_bytes}, release, memory.where));
}

void map_part(const BufferPart& part, Access access) {
  if (part.storage == nullptr) return;
  HostUses& uses = part.storage->uses();
  const HostUse use = host_use(use_of(access));
  while (!uses.try_map(use)) {
    if (wait_for_uses(uses, use)) continue;
    throw MemoryError(
        Remedy::fix_input,
        fmt::format("cannot map {} bytes of a buffer of {} bytes for {}: it is mapped for {} already; end "
                    "that mapping first",
                    part.range.size(), part.storage->size_bytes(), text(access),
                    uses.is_mapped_for_writing() ? "writing" : "reading"));
  }
  try {
    if (!part.empty()) make_current(part, use_of(access));
  } catch (...) {
    uses.unmap(use);
    throw;
  }
}

void unmap_part(BufferStorage& storage, Access access) noexcept { storage.uses().unmap(host_use(use_of(access))); }

void throw_wrong_access(Access access) {
  throw MemoryError(Remedy::fix_input,
                    fmt::format("a mapping for {} is used for {}; map the buffer with Access::read_write", text(access),
                                access == Access::read ? "writing" : "reading"));
}

}  // namespace dotcompute::detail
