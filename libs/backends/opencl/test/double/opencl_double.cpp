// The test double of the OpenCL loader (opencl_script.hpp). Only what the backend calls is here, and only as much of
// it.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "opencl_script.hpp"

using dotcompute::test::DeviceScript;
using dotcompute::test::OpenClScript;
using dotcompute::test::PlatformScript;
using dotcompute::test::SeenArgument;
using dotcompute::test::SeenLaunch;

namespace {

OpenClScript& script() {
  static OpenClScript instance;
  return instance;
}

/// Notes a call; its code.
int planned(const char* call) {
  ++script().calls;
  if (script().failing.empty()) return CL_SUCCESS;
  const auto found = script().failing.find(call);
  return found == script().failing.end() ? CL_SUCCESS : found->second;
}

/// Notes how many threads are in a call at once; stays for a moment where a second one would be seen.
class Inside {
 public:
  Inside() {
    const int threads = ++inside_;
    if (threads > script().most_threads_inside) script().most_threads_inside = threads;
    if (script().holds_commands) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~Inside() { --inside_; }

 private:
  static inline std::atomic<int> inside_{0};
};

/// What every object has. Objects come from malloc, so that tests can count what the backend itself allocates.
struct Counted {
  std::atomic<int> references{1};
};

template <class T>
T* create() {
  ++script().live_objects;
  return new (std::malloc(sizeof(T))) T();
}

template <class T>
cl_int release(T* object, const char* call) {
  if (--object->references == 0) {
    object->~T();
    std::free(object);
    --script().live_objects;
  }
  return planned(call);
}

cl_int give(const void* value, size_t size, size_t room, void* to, size_t* needed) {
  if (needed != nullptr) *needed = size;
  if (to == nullptr) return CL_SUCCESS;
  if (room < size) return CL_INVALID_VALUE;
  std::memcpy(to, value, size);
  return CL_SUCCESS;
}

template <class T>
cl_int give_number(T value, size_t room, void* to, size_t* needed) {
  return give(&value, sizeof value, room, to, needed);
}

cl_int give_text(const std::string& text, size_t room, void* to, size_t* needed) {
  return give(text.c_str(), text.size() + 1, room, to, needed);
}

}  // namespace

struct _cl_context : Counted {
  std::vector<cl_device_id> devices;
};
struct _cl_command_queue : Counted {
  cl_context context = nullptr;
};
struct _cl_mem : Counted {
  std::vector<char> bytes;
  _cl_mem* parent = nullptr;
  cl_context context = nullptr;
};
struct _cl_program : Counted {
  std::vector<cl_device_id> devices;
  cl_device_id built_for = nullptr;
};
struct _cl_kernel : Counted {
  std::vector<SeenArgument> arguments;
};
struct _cl_event : Counted {
  cl_context context = nullptr;
  std::atomic<cl_int> status{CL_COMPLETE};
};

namespace {

// Platforms and devices are no objects: their handles point into the script.
const PlatformScript& of(cl_platform_id id) { return *reinterpret_cast<const PlatformScript*>(id); }
const DeviceScript& of(cl_device_id id) { return *reinterpret_cast<const DeviceScript*>(id); }

/// Queues a command that is done at once.
cl_int queue(cl_command_queue queue, const char* call, cl_uint waits, const cl_event* awaited, cl_event* event) {
  if (const int code = planned(call)) return code;
  for (cl_uint i = 0; i < waits; ++i) {
    if (awaited[i]->context != queue->context) return CL_INVALID_CONTEXT;
  }
  if (script().keeps_records) script().commands.push_back(std::string(call) + (waits == 0 ? "" : " after"));
  *event = create<_cl_event>();
  (*event)->context = queue->context;
  (*event)->status = script().holds_commands ? CL_RUNNING : script().command_status;
  return CL_SUCCESS;
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED OpenClScript* dotcompute_test_opencl_script() { return &script(); }

EXPORTED cl_int clGetPlatformIDs(cl_uint room, cl_platform_id* platforms, cl_uint* count) {
  OpenClScript& played = script();
  if (played.platforms_code != 0) return played.platforms_code;
  if (count != nullptr) *count = static_cast<cl_uint>(played.platforms.size());
  for (size_t i = 0; i < room && i < played.platforms.size(); ++i) {
    platforms[i] = reinterpret_cast<cl_platform_id>(&played.platforms[i]);
  }
  return CL_SUCCESS;
}

EXPORTED cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t room, void* to,
                                  size_t* needed) {
  return give_text(what == CL_PLATFORM_NAME ? of(platform).name : "OpenCL 1.2 scripted", room, to, needed);
}

EXPORTED cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type, cl_uint room, cl_device_id* devices,
                               cl_uint* count) {
  const PlatformScript& played = of(platform);
  if (played.devices_code != 0) return played.devices_code;
  if (count != nullptr) *count = static_cast<cl_uint>(played.devices.size());
  for (size_t i = 0; i < room && i < played.devices.size(); ++i) {
    devices[i] = reinterpret_cast<cl_device_id>(const_cast<DeviceScript*>(&played.devices[i]));
  }
  return CL_SUCCESS;
}

EXPORTED cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t room, void* to, size_t* needed) {
  const DeviceScript& d = of(device);
  const cl_device_fp_config usual = CL_FP_INF_NAN | CL_FP_ROUND_TO_NEAREST;
  switch (what) {
    case CL_DEVICE_NAME: return give_text(d.name, room, to, needed);
    case CL_DEVICE_VERSION: return give_text(d.version, room, to, needed);
    case CL_DEVICE_EXTENSIONS: return give_text(d.extensions, room, to, needed);
    case CL_DRIVER_VERSION: return give_text("7.0", room, to, needed);
    case CL_DEVICE_TYPE: return give_number<cl_device_type>(d.type, room, to, needed);
    case CL_DEVICE_AVAILABLE: return give_number<cl_bool>(d.available, room, to, needed);
    case CL_DEVICE_COMPILER_AVAILABLE: return give_number<cl_bool>(d.has_compiler, room, to, needed);
    case CL_DEVICE_ENDIAN_LITTLE: return give_number<cl_bool>(d.little_endian, room, to, needed);
    case CL_DEVICE_ADDRESS_BITS: return give_number<cl_uint>(d.address_bits, room, to, needed);
    case CL_DEVICE_MEM_BASE_ADDR_ALIGN: return give_number<cl_uint>(1024, room, to, needed);
    case CL_DEVICE_MAX_COMPUTE_UNITS: return give_number<cl_uint>(10, room, to, needed);
    case CL_DEVICE_MAX_CLOCK_FREQUENCY: return give_number<cl_uint>(1000, room, to, needed);
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT: return give_number<cl_uint>(4, room, to, needed);
    case CL_DEVICE_HOST_UNIFIED_MEMORY: return give_number<cl_bool>(CL_FALSE, room, to, needed);
    case CL_DEVICE_GLOBAL_MEM_SIZE: return give_number<cl_ulong>(d.memory_bytes, room, to, needed);
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE: return give_number<cl_ulong>(d.largest_allocation_bytes, room, to, needed);
    case CL_DEVICE_LOCAL_MEM_SIZE: return give_number<cl_ulong>(d.local_memory_bytes, room, to, needed);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE: return give_number<size_t>(d.group_items, room, to, needed);
    case CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS: return give_number<cl_uint>(3, room, to, needed);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES: return give_number(d.group_sides, room, to, needed);
    case CL_DEVICE_DOUBLE_FP_CONFIG: return give_number<cl_device_fp_config>(d.has_fp64 ? usual : 0, room, to, needed);
    case CL_DEVICE_SINGLE_FP_CONFIG:
      return give_number<cl_device_fp_config>(
          usual | (d.keeps_subnormals ? CL_FP_DENORM : 0) |
              (d.rounds_division_correctly ? CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT : 0),
          room, to, needed);
    case CL_DEVICE_QUEUE_PROPERTIES:
      return give_number<cl_command_queue_properties>(
          d.has_out_of_order_queues ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0, room, to, needed);
    default: return CL_INVALID_VALUE;
  }
}

EXPORTED cl_context clCreateContext(const cl_context_properties*, cl_uint count, const cl_device_id* devices,
                                    void(CL_CALLBACK*)(const char*, const void*, size_t, void*), void*, cl_int* code) {
  *code = planned("clCreateContext");
  if (count >= script().devices_too_many_for_a_context) *code = CL_DEVICE_NOT_AVAILABLE;
  if (*code != CL_SUCCESS) return nullptr;
  script().contexts.push_back(count);
  cl_context context = create<_cl_context>();
  context->devices.assign(devices, devices + count);
  return context;
}
EXPORTED cl_int clReleaseContext(cl_context context) { return release(context, "clReleaseContext"); }

EXPORTED cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id, cl_command_queue_properties properties,
                                               cl_int* code) {
  *code = planned("clCreateCommandQueue");
  if (*code != CL_SUCCESS) return nullptr;
  script().queue_properties.push_back(properties);
  cl_command_queue queue = create<_cl_command_queue>();
  queue->context = context;
  return queue;
}
EXPORTED cl_int clReleaseCommandQueue(cl_command_queue queue) { return release(queue, "clReleaseCommandQueue"); }
EXPORTED cl_int clFlush(cl_command_queue) { return planned("clFlush"); }
EXPORTED cl_int clFinish(cl_command_queue) { return planned("clFinish"); }

EXPORTED cl_mem clCreateBuffer(cl_context context, cl_mem_flags, size_t size, void*, cl_int* code) {
  *code = planned("clCreateBuffer");
  if (*code != CL_SUCCESS) return nullptr;
  cl_mem memory = create<_cl_mem>();
  memory->bytes.resize(std::min(size, size_t{1} << 20));
  memory->context = context;
  return memory;
}
EXPORTED cl_mem clCreateSubBuffer(cl_mem parent, cl_mem_flags, cl_buffer_create_type, const void*, cl_int* code) {
  *code = planned("clCreateSubBuffer");
  if (*code != CL_SUCCESS) return nullptr;
  cl_mem memory = create<_cl_mem>();
  memory->parent = parent;
  memory->context = parent->context;
  return memory;
}
EXPORTED cl_int clRetainMemObject(cl_mem memory) {
  if (const int code = planned("clRetainMemObject")) return code;
  ++memory->references;
  return CL_SUCCESS;
}
EXPORTED cl_int clGetMemObjectInfo(cl_mem memory, cl_mem_info what, size_t room, void* to, size_t* needed) {
  if (const int code = planned("clGetMemObjectInfo")) return code;
  switch (what) {
    case CL_MEM_TYPE: return give_number<cl_mem_object_type>(script().memory_type, room, to, needed);
    case CL_MEM_CONTEXT: return give_number<cl_context>(memory->context, room, to, needed);
    case CL_MEM_SIZE: return give_number<size_t>(memory->bytes.size(), room, to, needed);
    case CL_MEM_REFERENCE_COUNT: return give_number<cl_uint>(memory->references, room, to, needed);
    default: return CL_INVALID_VALUE;
  }
}
EXPORTED cl_int clReleaseMemObject(cl_mem memory) { return release(memory, "clReleaseMemObject"); }

EXPORTED cl_program clCreateProgramWithSource(cl_context context, cl_uint, const char**, const size_t*, cl_int* code) {
  *code = planned("clCreateProgramWithSource");
  if (*code != CL_SUCCESS) return nullptr;
  cl_program program = create<_cl_program>();
  program->devices = context->devices;
  return program;
}
EXPORTED cl_program clCreateProgramWithBinary(cl_context, cl_uint, const cl_device_id*, const size_t* sizes,
                                              const unsigned char** binaries, cl_int*, cl_int* code) {
  *code = planned("clCreateProgramWithBinary");
  const std::string& binary = script().binary;
  if (*code == CL_SUCCESS && (sizes[0] != binary.size() || std::memcmp(binaries[0], binary.data(), sizes[0]) != 0)) {
    *code = CL_INVALID_BINARY;
  }
  return *code == CL_SUCCESS ? create<_cl_program>() : nullptr;
}
EXPORTED cl_int clReleaseProgram(cl_program program) { return release(program, "clReleaseProgram"); }

EXPORTED cl_int clBuildProgram(cl_program program, cl_uint, const cl_device_id* devices, const char* options,
                               void(CL_CALLBACK*)(cl_program, void*), void*) {
  script().build_options.emplace_back(options);
  program->built_for = devices[0];
  return planned("clBuildProgram");
}
EXPORTED cl_int clGetProgramBuildInfo(cl_program, cl_device_id, cl_program_build_info, size_t room, void* to,
                                      size_t* needed) {
  return give_text(script().build_log, room, to, needed);
}
EXPORTED cl_int clGetProgramInfo(cl_program program, cl_program_info what, size_t room, void* to, size_t* needed) {
  const std::string& binary = script().binary;
  if (what == CL_PROGRAM_KERNEL_NAMES) return give_text(script().kernel_names, room, to, needed);
  const std::vector<cl_device_id>& devices = program->devices;
  if (needed != nullptr) *needed = devices.size() * sizeof(size_t);
  if (to == nullptr) return CL_SUCCESS;
  if (room < devices.size() * sizeof(size_t)) return CL_INVALID_VALUE;
  for (size_t i = 0; i < devices.size(); ++i) {
    const bool is_built = devices[i] == program->built_for;
    if (what == CL_PROGRAM_BINARY_SIZES) static_cast<size_t*>(to)[i] = is_built ? binary.size() : 0;
    if (what == CL_PROGRAM_BINARIES && is_built) {
      std::memcpy(static_cast<unsigned char**>(to)[i], binary.data(), binary.size());
    }
  }
  return CL_SUCCESS;
}

EXPORTED cl_kernel clCreateKernel(cl_program, const char*, cl_int* code) {
  *code = planned("clCreateKernel");
  if (*code != CL_SUCCESS) return nullptr;
  cl_kernel kernel = create<_cl_kernel>();
  kernel->arguments.resize(script().argument_count);
  return kernel;
}
EXPORTED cl_int clReleaseKernel(cl_kernel kernel) { return release(kernel, "clReleaseKernel"); }
EXPORTED cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void* value) {
  if (const int code = planned("clSetKernelArg")) return code;
  ++script().set_arguments;
  const auto* const bytes = static_cast<const unsigned char*>(value);
  kernel->arguments[index].assign(bytes, bytes + size);
  return CL_SUCCESS;
}
EXPORTED cl_int clGetKernelInfo(cl_kernel, cl_kernel_info, size_t room, void* to, size_t* needed) {
  return give_number<cl_uint>(script().argument_count, room, to, needed);
}
EXPORTED cl_int clGetKernelWorkGroupInfo(cl_kernel, cl_device_id, cl_kernel_work_group_info what, size_t room, void* to,
                                         size_t* needed) {
  const OpenClScript& played = script();
  switch (what) {
    case CL_KERNEL_WORK_GROUP_SIZE: return give_number<size_t>(played.kernel_group_items, room, to, needed);
    case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE: return give_number<size_t>(32, room, to, needed);
    case CL_KERNEL_COMPILE_WORK_GROUP_SIZE: return give_number(played.required_group, room, to, needed);
    case CL_KERNEL_LOCAL_MEM_SIZE: return give_number<cl_ulong>(played.kernel_local_bytes, room, to, needed);
    default: return CL_INVALID_VALUE;
  }
}

EXPORTED cl_int clEnqueueNDRangeKernel(cl_command_queue on, cl_kernel kernel, cl_uint dimensions, const size_t*,
                                       const size_t* global, const size_t* local, cl_uint waits,
                                       const cl_event* awaited, cl_event* event) {
  if (script().keeps_records) {
    SeenLaunch seen;
    seen.dimensions = dimensions;
    seen.has_local = local != nullptr;
    for (cl_uint d = 0; d < dimensions; ++d) {
      seen.global[d] = global[d];
      if (local != nullptr) seen.local[d] = local[d];
    }
    seen.arguments = kernel->arguments;
    script().launches.push_back(std::move(seen));
  }
  return queue(on, "clEnqueueNDRangeKernel", waits, awaited, event);
}
EXPORTED cl_int clEnqueueWriteBuffer(cl_command_queue on, cl_mem memory, cl_bool, size_t offset, size_t size,
                                     const void* from, cl_uint waits, const cl_event* awaited, cl_event* event) {
  if (memory->context != on->context) return CL_INVALID_CONTEXT;
  if (offset + size > memory->bytes.size()) return CL_INVALID_VALUE;
  std::memcpy(memory->bytes.data() + offset, from, size);
  return queue(on, "clEnqueueWriteBuffer", waits, awaited, event);
}
EXPORTED cl_int clEnqueueReadBuffer(cl_command_queue on, cl_mem memory, cl_bool, size_t offset, size_t size, void* to,
                                    cl_uint waits, const cl_event* awaited, cl_event* event) {
  if (memory->context != on->context) return CL_INVALID_CONTEXT;
  if (offset + size > memory->bytes.size()) return CL_INVALID_VALUE;
  std::memcpy(to, memory->bytes.data() + offset, size);
  return queue(on, "clEnqueueReadBuffer", waits, awaited, event);
}
EXPORTED cl_int clEnqueueCopyBuffer(cl_command_queue on, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
                                    size_t size, cl_uint waits, const cl_event* awaited, cl_event* event) {
  if (from->context != on->context || to->context != on->context) return CL_INVALID_CONTEXT;
  if (from_offset + size > from->bytes.size() || to_offset + size > to->bytes.size()) return CL_INVALID_VALUE;
  const bool overlaps = from == to && from_offset < to_offset + size && to_offset < from_offset + size;
  if (overlaps) return CL_MEM_COPY_OVERLAP;
  std::memcpy(to->bytes.data() + to_offset, from->bytes.data() + from_offset, size);
  return queue(on, "clEnqueueCopyBuffer", waits, awaited, event);
}
EXPORTED void* clEnqueueMapBuffer(cl_command_queue on, cl_mem memory, cl_bool, cl_map_flags, size_t, size_t, cl_uint,
                                  const cl_event*, cl_event*, cl_int* code) {
  *code = memory->context != on->context ? CL_INVALID_CONTEXT : planned("clEnqueueMapBuffer");
  if (*code != CL_SUCCESS) return nullptr;
  ++script().mappings;
  return memory->bytes.data();
}
EXPORTED cl_int clEnqueueUnmapMemObject(cl_command_queue, cl_mem memory, void* mapped, cl_uint, const cl_event*,
                                        cl_event*) {
  if (mapped != memory->bytes.data()) return CL_INVALID_VALUE;
  --script().mappings;
  return planned("clEnqueueUnmapMemObject");
}
EXPORTED cl_int clEnqueueBarrierWithWaitList(cl_command_queue on, cl_uint waits, const cl_event* awaited,
                                             cl_event* event) {
  return queue(on, "clEnqueueBarrierWithWaitList", waits, awaited, event);
}

EXPORTED cl_int clGetEventInfo(cl_event event, cl_event_info, size_t room, void* to, size_t* needed) {
  if (const int code = planned("clGetEventInfo")) return code;
  return give_number<cl_int>(event->status, room, to, needed);
}
EXPORTED cl_int clWaitForEvents(cl_uint count, const cl_event* events) {
  const Inside inside;
  if (const int code = planned("clWaitForEvents")) return code;
  cl_int result = CL_SUCCESS;
  for (cl_uint i = 0; i < count; ++i) {
    if (events[i]->status > CL_COMPLETE) events[i]->status = script().command_status;
    if (events[i]->status < CL_COMPLETE) result = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
  }
  return result;
}
EXPORTED cl_int clRetainEvent(cl_event event) {
  if (const int code = planned("clRetainEvent")) return code;
  ++event->references;
  return CL_SUCCESS;
}
EXPORTED cl_int clReleaseEvent(cl_event event) { return release(event, "clReleaseEvent"); }
