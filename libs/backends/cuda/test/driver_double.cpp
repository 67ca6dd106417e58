// The shared library. Built three times: as it is, DOUBLE_WITHOUT_PROC_ADDRESS as an old driver, and
// DOUBLE_WITHOUT_LAUNCH as one that lacks a function.
#include "driver_double.hpp"

#include <dlfcn.h>

#include <cstring>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>

namespace dotcompute::cuda {

struct ContextObject {
  int device = 0;
};

struct EventObject {
  StreamObject* stream = nullptr;
  std::uint64_t after = 0;  // So many operations of the stream.
};

struct StreamObject {
  ContextObject* context = nullptr;
  std::deque<std::function<void()>> waiting;
  std::uint64_t enqueued = 0;
  std::uint64_t executed = 0;
};

struct FunctionObject {
  std::string name;
};

struct ModuleObject {
  std::map<std::string, FunctionObject> functions;
};

}  // namespace dotcompute::cuda

namespace dotcompute::cuda::test {

namespace {

DriverDouble& state() {
  static DriverDouble driver;
  return driver;
}

std::array<ContextObject, 8> contexts{{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}};
thread_local std::vector<ContextHandle> current_contexts;

ContextHandle current() { return current_contexts.empty() ? nullptr : current_contexts.back(); }

/// Keeps what the backend does not give back, as after a sticky error, until the process ends. What was given back
/// stays too, so that late uses are seen by the counts and not by chance.
template <class Object>
Object* keep(Object&& object) {
  static std::deque<Object> kept;
  return &kept.emplace_back(std::forward<Object>(object));
}

/// The devices' memory.
struct Block {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size_bytes = 0;
  int device = 0;
};
std::map<DeviceAddress, Block> memory;

/// The block that an address lies in; null if in none.
std::pair<const DeviceAddress, Block>* block_of(DeviceAddress address) {
  auto after = memory.upper_bound(address);
  if (after == memory.begin()) return nullptr;
  auto& found = *--after;
  return address - found.first < found.second.size_bytes ? &found : nullptr;
}

/// One call: locked, recorded, and failing if the script says so.
class Call {
 public:
  explicit Call(std::string_view name, bool needs_context = true) : lock_(state().mutex) {
    DriverDouble& driver = state();
    if (!driver.is_quiet) driver.calls.emplace_back(name);
    if (needs_context && current() == nullptr) {
      ++driver.violations;
      result_ = Result::invalid_context;
    }
    if (driver.sticky != Result::success) result_ = driver.sticky;
    if (const auto found = driver.failures.find(name); found != driver.failures.end()) result_ = found->second;
  }
  [[nodiscard]] bool fails() const { return result_ != Result::success; }
  [[nodiscard]] Result result() const { return result_; }
  /// The call is on something of that context's.
  void use(const ContextObject* context) {
    if (context == current()) return;
    ++state().violations;
    if (result_ == Result::success) result_ = Result::invalid_context;
  }

 private:
  std::lock_guard<std::mutex> lock_;
  Result result_ = Result::success;
};

void execute_until(StreamObject& stream, std::uint64_t count) {
  while (stream.executed < count && !stream.waiting.empty()) {
    const std::function<void()> operation = std::move(stream.waiting.front());
    stream.waiting.pop_front();
    ++stream.executed;
    ++state().executed;
    if (operation && state().sticky == Result::success) operation();
  }
}

template <class Operation>
void enqueue(StreamObject& stream, Operation operation) {
  ++stream.enqueued;
  if (!state().is_held && stream.waiting.empty()) {
    ++stream.executed;
    ++state().executed;
    operation();
    return;
  }
  stream.waiting.emplace_back(std::move(operation));
}

bool is_complete(const EventObject& event) { return event.stream == nullptr || event.stream->executed >= event.after; }

[[maybe_unused]] void run_launch(const LaunchOfDouble& launch, const FunctionOfDouble& function) {
  if (function.fault != Result::success) state().sticky = function.fault;
  if (function.run) function.run(launch);
}

}  // namespace

}  // namespace dotcompute::cuda::test

using namespace dotcompute::cuda;
using namespace dotcompute::cuda::test;

// What the tests call, and then the driver's functions under the names that libcuda has them under.
extern "C" {

DriverDouble* dotcompute_driver_double() { return &state(); }

Result cuInit(unsigned) { return Call("cuInit", false).result(); }

Result cuDriverGetVersion(int* version) {
  const Call call("cuDriverGetVersion", false);
  *version = state().version;
  return call.result();
}

Result cuGetErrorName(Result result, const char** name) {
  switch (result) {
    case Result::invalid_value: *name = "CUDA_ERROR_INVALID_VALUE"; break;
    case Result::out_of_memory: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case Result::illegal_address: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
    case Result::launch_out_of_resources: *name = "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"; break;
    case Result::device_unavailable: *name = "CUDA_ERROR_DEVICE_UNAVAILABLE"; break;
    case Result::no_device: *name = "CUDA_ERROR_NO_DEVICE"; break;
    case Result::system_not_ready: *name = "CUDA_ERROR_SYSTEM_NOT_READY"; break;
    case Result::invalid_ptx: *name = "CUDA_ERROR_INVALID_PTX"; break;
    default: *name = nullptr; return Result::invalid_value;
  }
  return Result::success;
}

Result cuGetErrorString(Result result, const char** text) {
  *text = result == Result::illegal_address ? "an illegal memory access was encountered" : "a text of the double's";
  return Result::success;
}

Result cuDeviceGetCount(int* count) {
  const Call call("cuDeviceGetCount", false);
  *count = static_cast<int>(state().devices.size());
  return call.result();
}

Result cuDeviceGet(DeviceHandle* device, int ordinal) {
  *device = ordinal;
  return Call("cuDeviceGet", false).result();
}

Result cuDeviceGetName(char* name, int size, DeviceHandle device) {
  const Call call("cuDeviceGetName", false);
  std::strncpy(name, state().devices[static_cast<std::size_t>(device)].name.c_str(), static_cast<std::size_t>(size));
  return call.result();
}

Result cuDeviceTotalMem_v2(std::size_t* bytes, DeviceHandle device) {
  const Call call("cuDeviceTotalMem", false);
  *bytes = state().devices[static_cast<std::size_t>(device)].memory_bytes;
  return call.result();
}

Result cuDeviceGetAttribute(int* value, DeviceAttribute attribute, DeviceHandle device) {
  const Call call("cuDeviceGetAttribute", false);
  if (call.fails()) return call.result();
  const auto& attributes = state().devices[static_cast<std::size_t>(device)].attributes;
  const auto found = attributes.find(attribute);
  if (found == attributes.end()) return Result::invalid_value;
  *value = found->second;
  return Result::success;
}

Result cuDevicePrimaryCtxRetain(ContextHandle* context, DeviceHandle device) {
  const Call call("cuDevicePrimaryCtxRetain", false);
  if (call.fails()) return call.result();
  ++state().retained;
  *context = &contexts[static_cast<std::size_t>(device)];
  return Result::success;
}

Result cuDevicePrimaryCtxRelease_v2(DeviceHandle) {
  const Call call("cuDevicePrimaryCtxRelease", false);
  --state().retained;
  return call.result();
}

Result cuCtxGetCurrent(ContextHandle* context) {
  const Call call("cuCtxGetCurrent", false);
  *context = current();
  return state().failures.contains("cuCtxGetCurrent") ? call.result() : Result::success;
}

Result cuCtxPushCurrent_v2(ContextHandle context) {
  const Call call("cuCtxPushCurrent", false);
  current_contexts.push_back(context);
  return Result::success;
}

Result cuCtxPopCurrent_v2(ContextHandle* context) {
  const Call call("cuCtxPopCurrent", false);
  if (current_contexts.empty()) return Result::invalid_context;
  *context = current_contexts.back();
  current_contexts.pop_back();
  return Result::success;
}

Result cuModuleLoadDataEx(ModuleHandle* module, const void* image, unsigned count, JitOption* options, void** values) {
  const Call call("cuModuleLoadDataEx");
  if (call.fails()) {
    for (unsigned i = 0; i < count; ++i) {
      if (options[i] == JitOption::error_log_buffer)
        std::strcpy(static_cast<char*>(values[i]), state().jit_log.c_str());
    }
    return call.result();
  }
  // Machine code of the double's NVRTC is text; the real one's begins with a byte that no text has.
  const auto* const text = static_cast<const char*>(image);
  state().loaded_images.emplace_back(*text == '\x7f' ? "ELF" : text);
  *module = keep(ModuleObject());
  for (const auto& [name, function] : state().functions) (*module)->functions[name] = {name};
  ++state().modules;
  return Result::success;
}

Result cuModuleUnload(ModuleHandle) {
  const Call call("cuModuleUnload");
  --state().modules;
  return call.result();
}

Result cuModuleGetFunction(FunctionHandle* function, ModuleHandle module, const char* name) {
  const Call call("cuModuleGetFunction");
  if (call.fails()) return call.result();
  const auto found = module->functions.find(name);
  if (found == module->functions.end()) return Result::not_found;
  *function = &found->second;
  return Result::success;
}

Result cuFuncGetAttribute(int* value, FunctionAttribute attribute, FunctionHandle function) {
  const Call call("cuFuncGetAttribute");
  if (call.fails()) return call.result();
  const FunctionOfDouble& its = state().functions.at(function->name);
  *value = attribute == FunctionAttribute::shared_size_bytes ? its.shared_size_bytes : its.max_threads_per_block;
  return Result::success;
}

Result cuOccupancyMaxPotentialBlockSize(int* blocks, int* size, FunctionHandle function, std::size_t (*)(int),
                                        std::size_t, int largest) {
  const Call call("cuOccupancyMaxPotentialBlockSize");
  if (call.fails()) return call.result();
  const int best = state().functions.at(function->name).best_block;
  *blocks = 8;
  *size = best < largest ? best : largest;
  return Result::success;
}

Result cuMemAlloc_v2(DeviceAddress* address, std::size_t bytes) {
  const Call call("cuMemAlloc");
  if (call.fails()) return call.result();
  if (bytes == 0) return Result::invalid_value;
  if (bytes > state().devices[static_cast<std::size_t>(current()->device)].memory_bytes) return Result::out_of_memory;
  auto block = std::make_unique<std::byte[]>(bytes);
  *address = reinterpret_cast<DeviceAddress>(block.get());
  memory[*address] = {std::move(block), bytes, current()->device};
  ++state().memory_blocks;
  return Result::success;
}

Result cuMemFree_v2(DeviceAddress address) {
  const Call call("cuMemFree");
  memory.erase(address);
  --state().memory_blocks;
  return call.result();
}

Result cuMemHostAlloc(void** address, std::size_t bytes, unsigned flags) {
  const Call call("cuMemHostAlloc");
  if (call.fails()) return call.result();
  if (bytes == 0) return Result::invalid_value;
  *address = new std::byte[bytes];
  ++state().pinned_blocks;
  state().pinned_flags.push_back(flags);
  return Result::success;
}

Result cuMemFreeHost(void* address) {
  const Call call("cuMemFreeHost");
  delete[] static_cast<std::byte*>(address);
  --state().pinned_blocks;
  return call.result();
}

Result cuMemGetAddressRange_v2(DeviceAddress* base, std::size_t* bytes, DeviceAddress address) {
  const Call call("cuMemGetAddressRange");
  const auto* const block = block_of(address);
  if (call.fails()) return call.result();
  if (block == nullptr) return Result::not_found;
  *base = block->first;
  *bytes = block->second.size_bytes;
  return Result::success;
}

Result cuPointerGetAttribute(void* value, PointerAttribute attribute, DeviceAddress address) {
  const Call call("cuPointerGetAttribute");
  const auto* const block = block_of(address);
  if (call.fails()) return call.result();
  if (block == nullptr) return Result::invalid_value;
  const int number = attribute == PointerAttribute::memory_type ? int{memory_type_device} : block->second.device;
  std::memcpy(value, &number, sizeof number);
  return Result::success;
}

Result cuDeviceCanAccessPeer(int* can, DeviceHandle device, DeviceHandle peer) {
  const Call call("cuDeviceCanAccessPeer", false);
  if (device == peer) return Result::invalid_device;
  *can = state().peers.contains({device, peer}) ? 1 : 0;
  return call.result();
}

Result cuCtxEnablePeerAccess(ContextHandle peer, unsigned flags) {
  const Call call("cuCtxEnablePeerAccess");
  if (call.fails()) return call.result();
  if (flags != 0) return Result::invalid_value;
  const std::pair<int, int> pair{current()->device, peer->device};
  if (!state().peers.contains(pair)) return Result::peer_access_unsupported;
  return state().enabled_peers.insert(pair).second ? Result::success : Result::peer_access_already_enabled;
}

Result cuMemcpyPeerAsync(DeviceAddress to, ContextHandle to_context, DeviceAddress from, ContextHandle from_context,
                         std::size_t bytes, StreamHandle stream) {
  Call call("cuMemcpyPeerAsync");
  call.use(stream->context);
  if (call.fails()) return call.result();
  const auto* const target = block_of(to);
  const auto* const source = block_of(from);
  if (target == nullptr || source == nullptr || target->second.device != to_context->device ||
      source->second.device != from_context->device) {
    return Result::invalid_value;
  }
  enqueue(*stream, [=] { std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes); });
  return state().sticky;
}

Result cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  const Call call("cuMemGetInfo");
  *free = 4096;
  *total = state().devices[static_cast<std::size_t>(current()->device)].memory_bytes;
  return call.result();
}

Result cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, std::size_t bytes, StreamHandle stream) {
  Call call("cuMemcpyHtoDAsync");
  call.use(stream->context);
  if (call.fails()) return call.result();
  enqueue(*stream, [=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
  return state().sticky;
}

Result cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from, std::size_t bytes, StreamHandle stream) {
  Call call("cuMemcpyDtoDAsync");
  call.use(stream->context);
  if (call.fails()) return call.result();
  enqueue(*stream, [=] { std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes); });
  return state().sticky;
}

Result cuMemcpyDtoHAsync_v2(void* to, DeviceAddress from, std::size_t bytes, StreamHandle stream) {
  Call call("cuMemcpyDtoHAsync");
  call.use(stream->context);
  if (call.fails()) return call.result();
  enqueue(*stream, [=] { std::memcpy(to, reinterpret_cast<const void*>(from), bytes); });
  return state().sticky;
}

Result cuStreamCreate(StreamHandle* stream, unsigned) {
  const Call call("cuStreamCreate");
  if (call.fails()) return call.result();
  *stream = keep(StreamObject{.context = current(), .waiting = {}});
  ++state().streams;
  return Result::success;
}

Result cuStreamDestroy_v2(StreamHandle stream) {
  Call call("cuStreamDestroy");
  call.use(stream->context);
  --state().streams;
  return call.result();
}

Result cuStreamSynchronize(StreamHandle stream) {
  Call call("cuStreamSynchronize");
  call.use(stream->context);
  if (call.fails()) return call.result();
  execute_until(*stream, stream->enqueued);
  return state().sticky;
}

Result cuStreamWaitEvent(StreamHandle stream, EventHandle event, unsigned) {
  Call call("cuStreamWaitEvent");
  call.use(stream->context);
  if (call.fails()) return call.result();
  // What the event stands for at this moment, whatever is recorded with it later.
  StreamObject* const other = event->stream;
  const std::uint64_t count = event->after;
  enqueue(*stream, [=] {
    if (other != nullptr) execute_until(*other, count);
  });
  return Result::success;
}

Result cuEventCreate(EventHandle* event, unsigned) {
  const Call call("cuEventCreate");
  if (call.fails()) return call.result();
  *event = keep(EventObject());
  ++state().events;
  return Result::success;
}

Result cuEventDestroy_v2(EventHandle) {
  const Call call("cuEventDestroy");
  --state().events;
  return call.result();
}

Result cuEventRecord(EventHandle event, StreamHandle stream) {
  Call call("cuEventRecord");
  call.use(stream->context);
  if (call.fails()) return call.result();
  event->stream = stream;
  event->after = stream->enqueued;
  return Result::success;
}

Result cuEventQuery(EventHandle event) {
  const Call call("cuEventQuery");
  if (call.fails()) return call.result();
  if (!is_complete(*event)) return Result::not_ready;
  if (state().polls_to_ready > 0) {
    --state().polls_to_ready;
    return Result::not_ready;
  }
  return Result::success;
}

Result cuEventSynchronize(EventHandle event) {
  const Call call("cuEventSynchronize");
  if (call.fails()) return call.result();
  if (event->stream != nullptr) execute_until(*event->stream, event->after);
  return state().sticky;
}

#ifndef DOUBLE_WITHOUT_LAUNCH
Result cuLaunchKernel(FunctionHandle function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z,
                      unsigned block_x, unsigned block_y, unsigned block_z, unsigned, StreamHandle stream,
                      void** arguments, void**) {
  Call call("cuLaunchKernel");
  call.use(stream->context);
  if (call.fails()) return call.result();
  if (state().is_quiet) {
    enqueue(*stream, [] {});
    return Result::success;
  }
  const FunctionOfDouble& its = state().functions.at(function->name);
  LaunchOfDouble launch{function->name, {blocks_x, blocks_y, blocks_z}, {block_x, block_y, block_z}, {}};
  for (std::size_t i = 0; i < its.argument_sizes_bytes.size(); ++i) {
    const auto* const bytes = static_cast<const std::byte*>(arguments[i]);
    launch.arguments.emplace_back(bytes, bytes + its.argument_sizes_bytes[i]);
  }
  state().launches.push_back(launch);
  enqueue(*stream, [launch, its] { run_launch(launch, its); });
  return Result::success;
}
#endif

#ifndef DOUBLE_WITHOUT_PROC_ADDRESS
Result cuGetProcAddress_v2(const char* name, void** address, int version, std::uint64_t, int* status) {
  state().asked_versions.insert(version);
  *address = nullptr;
  *status = 1;
  if (state().unknown.contains(std::string_view(name))) return Result::not_found;
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&dotcompute_driver_double), &info);
  void* const self = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  *address = dlsym(self, (std::string(name) + "_v2").c_str());
  if (*address == nullptr) *address = dlsym(self, name);
  dlclose(self);
  *status = *address == nullptr ? 1 : 0;
  return *address == nullptr ? Result::not_found : Result::success;
}
#endif
}
