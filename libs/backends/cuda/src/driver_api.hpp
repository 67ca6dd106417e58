#pragma once

/// The CUDA driver's interface, as far as it is used: NVIDIA's headers are needed neither to build nor to run. Names,
/// values and signatures are those of its public documentation ("CUDA Driver API"), as of CUDA 11.3.

#include <cstddef>
#include <cstdint>

namespace dotcompute::cuda {

struct ContextObject;
struct ModuleObject;
struct FunctionObject;
struct StreamObject;
struct EventObject;

using DeviceHandle = int;
using ContextHandle = ContextObject*;
using ModuleHandle = ModuleObject*;
using FunctionHandle = FunctionObject*;
using StreamHandle = StreamObject*;
using EventHandle = EventObject*;
using DeviceAddress = std::uint64_t;

/// The version of the interface that is asked for: what the signatures below are those of.
inline constexpr int interface_version = 11030;

/// What each call returns. Any other value may come too: later drivers know more.
enum class Result : int {
  success = 0,
  invalid_value = 1,
  out_of_memory = 2,
  not_initialized = 3,
  deinitialized = 4,
  stub_library = 34,
  device_unavailable = 46,
  no_device = 100,
  invalid_device = 101,
  device_not_licensed = 102,
  invalid_image = 200,
  invalid_context = 201,
  no_binary_for_gpu = 209,
  ecc_uncorrectable = 214,
  unsupported_limit = 215,
  peer_access_unsupported = 217,
  invalid_ptx = 218,
  nvlink_uncorrectable = 220,
  jit_compiler_not_found = 221,
  unsupported_ptx_version = 222,
  jit_compilation_disabled = 223,
  contained = 226,
  invalid_source = 300,
  shared_object_symbol_not_found = 302,
  shared_object_init_failed = 303,
  operating_system = 304,
  invalid_handle = 400,
  not_found = 500,
  not_ready = 600,
  illegal_address = 700,
  launch_out_of_resources = 701,
  launch_timeout = 702,
  peer_access_already_enabled = 704,
  context_is_destroyed = 709,
  assertion = 710,
  too_many_peers = 711,
  hardware_stack_error = 714,
  illegal_instruction = 715,
  misaligned_address = 716,
  invalid_address_space = 717,
  invalid_pc = 718,
  launch_failed = 719,
  tensor_memory_leak = 721,
  not_permitted = 800,
  not_supported = 801,
  system_not_ready = 802,
  system_driver_mismatch = 803,
  compat_not_supported_on_device = 804,
  mps_connection_failed = 805,
  mps_rpc_failure = 806,
  mps_server_not_ready = 807,
  mps_max_clients_reached = 808,
  mps_max_connections_reached = 809,
  mps_client_terminated = 810,
  timeout = 909,
  external_device = 911,
  unknown = 999
};

enum class DeviceAttribute : int {
  max_threads_per_block = 1,
  max_block_dim_x = 2,
  max_block_dim_y = 3,
  max_block_dim_z = 4,
  max_grid_dim_x = 5,
  max_grid_dim_y = 6,
  max_grid_dim_z = 7,
  max_shared_memory_per_block = 8,
  clock_rate_khz = 13,
  multiprocessor_count = 16,
  integrated = 18,
  compute_mode = 20,
  memory_clock_rate_khz = 36,
  global_memory_bus_width_bits = 37,
  compute_capability_major = 75,
  compute_capability_minor = 76
};

inline constexpr int compute_mode_prohibited = 2;

enum class FunctionAttribute : int { max_threads_per_block = 0, shared_size_bytes = 1 };

enum class JitOption : int { error_log_buffer = 5, error_log_buffer_size_bytes = 6 };

enum class PointerAttribute : int { memory_type = 2, device_ordinal = 9 };

inline constexpr unsigned memory_type_device = 2;
inline constexpr unsigned host_alloc_portable = 1;
inline constexpr unsigned stream_non_blocking = 1;
inline constexpr unsigned event_blocking_sync = 1;
inline constexpr unsigned event_disable_timing = 2;

/// The entry points; none is null.
struct DriverFunctions {
  Result (*cuInit)(unsigned flags);
  Result (*cuDriverGetVersion)(int* version);
  Result (*cuGetErrorName)(Result, const char**);
  Result (*cuGetErrorString)(Result, const char**);

  Result (*cuDeviceGetCount)(int*);
  Result (*cuDeviceGet)(DeviceHandle*, int ordinal);
  Result (*cuDeviceGetName)(char*, int size, DeviceHandle);
  Result (*cuDeviceTotalMem)(std::size_t*, DeviceHandle);
  Result (*cuDeviceGetAttribute)(int*, DeviceAttribute, DeviceHandle);
  Result (*cuDeviceCanAccessPeer)(int* can, DeviceHandle, DeviceHandle peer);
  Result (*cuDevicePrimaryCtxRetain)(ContextHandle*, DeviceHandle);
  Result (*cuDevicePrimaryCtxRelease)(DeviceHandle);

  Result (*cuCtxGetCurrent)(ContextHandle*);
  Result (*cuCtxPushCurrent)(ContextHandle);
  Result (*cuCtxPopCurrent)(ContextHandle*);
  Result (*cuCtxEnablePeerAccess)(ContextHandle peer, unsigned flags);

  Result (*cuModuleLoadDataEx)(ModuleHandle*, const void* image, unsigned option_count, JitOption*, void** values);
  Result (*cuModuleUnload)(ModuleHandle);
  Result (*cuModuleGetFunction)(FunctionHandle*, ModuleHandle, const char* name);
  Result (*cuFuncGetAttribute)(int*, FunctionAttribute, FunctionHandle);
  Result (*cuOccupancyMaxPotentialBlockSize)(int* block_count, int* block_size, FunctionHandle,
                                             std::size_t (*shared_bytes_of)(int), std::size_t shared_bytes,
                                             int largest_block);

  Result (*cuMemAlloc)(DeviceAddress*, std::size_t bytes);
  Result (*cuMemFree)(DeviceAddress);
  Result (*cuMemHostAlloc)(void**, std::size_t bytes, unsigned flags);
  Result (*cuMemFreeHost)(void*);
  Result (*cuMemGetAddressRange)(DeviceAddress* base, std::size_t* bytes, DeviceAddress);
  Result (*cuPointerGetAttribute)(void* value, PointerAttribute, DeviceAddress);
  Result (*cuMemGetInfo)(std::size_t* free, std::size_t* total);
  Result (*cuMemcpyHtoDAsync)(DeviceAddress to, const void* from, std::size_t bytes, StreamHandle);
  Result (*cuMemcpyDtoDAsync)(DeviceAddress to, DeviceAddress from, std::size_t bytes, StreamHandle);
  Result (*cuMemcpyPeerAsync)(DeviceAddress to, ContextHandle to_context, DeviceAddress from,
                              ContextHandle from_context, std::size_t bytes, StreamHandle);
  Result (*cuMemcpyDtoHAsync)(void* to, DeviceAddress from, std::size_t bytes, StreamHandle);

  Result (*cuStreamCreate)(StreamHandle*, unsigned flags);
  Result (*cuStreamDestroy)(StreamHandle);
  Result (*cuStreamSynchronize)(StreamHandle);
  Result (*cuStreamWaitEvent)(StreamHandle, EventHandle, unsigned flags);
  Result (*cuEventCreate)(EventHandle*, unsigned flags);
  Result (*cuEventDestroy)(EventHandle);
  Result (*cuEventRecord)(EventHandle, StreamHandle);
  Result (*cuEventQuery)(EventHandle);
  Result (*cuEventSynchronize)(EventHandle);

  Result (*cuLaunchKernel)(FunctionHandle, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z, unsigned block_x,
                           unsigned block_y, unsigned block_z, unsigned shared_bytes, StreamHandle, void** arguments,
                           void** extra);
};

}  // namespace dotcompute::cuda
