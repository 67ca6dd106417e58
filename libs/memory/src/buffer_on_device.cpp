// What views and buffers do on devices, but for launches.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <dotcompute/base/error.hpp>
#include <dotcompute/device/device_accelerator.hpp>
#include <dotcompute/memory/buffer_part.hpp>
#include <dotcompute/memory/device_session.hpp>

namespace dotcompute::detail {

namespace {

ErrorContext on(const std::string& device) { return {.kernel = {}, .device = device, .source = {}, .cause = {}}; }

/// Runs `enqueue` with the stream's lock. A stream that fails is replaced.
template <class Enqueue>
void with_stream(DeviceSession& session, SharedStream& stream, Enqueue&& enqueue) {
  try {
    const std::lock_guard lock(stream.mutex());
    enqueue();
  } catch (const DeviceError&) {
    session.retire(stream);
    throw;
  }
}

/// Enqueues what makes the part current there. The storage is locked.
void place_part(const BufferPart& part, DeviceSession& session, SharedStream& stream, Use use) {
  part.storage->prepare_replica(session, use, part.range);
  with_stream(session, stream, [&] { part.storage->place(stream, session, use, part.range); });
}

/// The device's session, for memory of its own.
DeviceSession& session_with_memory(const Accelerator& accelerator) {
  if (DeviceSession* const session = session_of(accelerator)) return *session;
  const std::string& id = accelerator.info().id;
  throw MemoryError(Remedy::fix_input,
                    fmt::format("{} has no memory of its own, and no handles of it; use span() or adopt() there", id),
                    on(id));
}

/// After launches on the host that are in its way.
HeldUse take_use(const BufferPart& part, Access access, const std::string& device) {
  HostUses& uses = part.storage->uses();
  if (auto held = HeldUse::take(uses, writes(access) ? HostUse::write : HostUse::read)) return *std::move(held);
  throw MemoryError(
      Remedy::fix_input,
      fmt::format("{} bytes of a buffer of {} bytes are wanted on {} and the buffer is mapped on the host for "
                  "{}; end the Mapping first",
                  part.range.size(), part.storage->size_bytes(), device,
                  uses.is_mapped_for_writing() ? "writing" : "reading"),
      on(device));
}

}  // namespace

void prefetch_part(const BufferPart& part, const Accelerator& accelerator) {
  DeviceSession* const session = session_of(accelerator);
  if (part.empty()) return;
  if (session == nullptr) return use_part_on_host(part, Use::read);
  const HeldUse held = take_use(part, Access::read, accelerator.info().id);
  SharedStream& stream = session->stream();
  const std::lock_guard lock(part.storage->mutex());
  place_part(part, *session, stream, Use::read);
}

bool copy_on_device(const BufferPart& to, const BufferPart& from) {
  if (!from.storage->may_be_on_devices()) return false;
  const bool is_one = to.storage == from.storage;
  const bool to_is_first = std::less<>{}(to.storage, from.storage);
  const std::lock_guard first_lock((to_is_first ? to : from).storage->mutex());
  std::unique_lock second_lock((to_is_first ? from : to).storage->mutex(), std::defer_lock);
  if (!is_one) second_lock.lock();
  DeviceSession* const session = from.storage->newest_on(from.range);
  if (session == nullptr) return false;
  SharedStream& stream = session->stream();
  try {
    from.storage->prepare_replica(*session, Use::read, from.range);
    to.storage->prepare_replica(*session, Use::overwrite, to.range);
  } catch (const OutOfMemoryError&) {
    return false;
  }
  with_stream(*session, stream, [&] {
    from.storage->place(stream, *session, Use::read, from.range);
    to.storage->place(stream, *session, Use::overwrite, to.range);
    const DeviceMemory& source = from.storage->replica(*session)->memory();
    DeviceMemory& destination = to.storage->replica(*session)->memory();
    const StreamMark mark{
        &stream, stream.stream().copy(destination, to.range.begin, source, from.range.begin, from.range.size())};
    from.storage->note_use(*session, mark, Use::read, from.range);
    to.storage->note_use(*session, mark, Use::overwrite, to.range);
  });
  return true;
}

StorageHold adopt_native(const Accelerator& accelerator, const NativeMemory& memory, Release release) {
  DeviceSession& session = session_with_memory(accelerator);
  const std::string& id = accelerator.info().id;
  if (memory.handle == 0) {
    throw MemoryError(
        Remedy::fix_input,
        fmt::format("cannot adopt {} elements of {} bytes each on {} from a null handle; pass what the driver "
                    "calls the memory",
                    memory.count, memory.element_size_bytes, id),
        on(id));
  }
  session.check_process();
  StorageHold storage(BufferStorage::create(memory.count, memory.element_size_bytes, InitialContent::unspecified,
                                            nullptr, memory.where));
  const std::uint64_t size_bytes = storage.storage()->size_bytes();
  if (size_bytes == 0) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("cannot adopt no elements on {}; make an empty buffer instead", id), on(id));
  }
  storage.storage()->adopt_replica(session, session.accelerator().adopt(memory.handle, size_bytes, memory.ownership),
                                   release);
  return storage;
}

std::uintptr_t native_handle_of(const BufferPart& whole, const Accelerator& accelerator, Access access) {
  DeviceSession& session = session_with_memory(accelerator);
  const std::string& id = accelerator.info().id;
  if (whole.empty()) {
    throw MemoryError(Remedy::fix_input,
                      fmt::format("a buffer without elements has no memory on {}; make one with some", id), on(id));
  }
  const HeldUse held = take_use(whole, access, id);
  SharedStream& stream = session.stream();
  {
    const std::lock_guard lock(whole.storage->mutex());
    place_part(whole, session, stream, reads(access) ? Use::update : Use::overwrite);
  }
  whole.storage->give_out(session, whole.range, access);
  const std::lock_guard lock(whole.storage->mutex());
  const std::uintptr_t handle = whole.storage->replica(session)->memory().native_handle();
  if (handle != 0) return handle;
  throw DeviceError(Remedy::fix_input,
                    fmt::format("{} has no native handles of its memory; copy the elements with copy_to instead", id),
                    on(id));
}

}  // namespace dotcompute::detail
