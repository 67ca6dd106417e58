// demo::sum, groups.cpp:21, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[256];
} float_256;

#line 16 "groups.cpp"
static void demo_halve(threadgroup float_256* tile, ulong count, ulong local_x) {
  threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup);
  if (local_x < count) tile->at[local_x] += tile->at[local_x + count];
}

#line 21 "groups.cpp"
[[max_total_threads_per_threadgroup(256)]] kernel void demo_sum(device const float* x [[buffer(0)]],
    constant index_t& x_size [[buffer(1)]], device float* y [[buffer(2)]], constant index_t& y_size [[buffer(3)]],
    constant index_t& grid_x [[buffer(4)]], constant index_t& first_x [[buffer(5)]],
    uint3 dotcompute_position [[thread_position_in_grid]],
    uint3 dotcompute_local_position [[thread_position_in_threadgroup]],
    uint3 dotcompute_group_position [[threadgroup_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  const ulong local_x = dotcompute_local_position.x;
  const ulong group_x = (ulong)first_x / 256 + dotcompute_group_position.x;
#line 22
  threadgroup float_256 tile;
  tile.at[local_x] = id_x < x_size ? x[id_x] : 0.0f;
  for (ulong count = 256ul / 2ul; count > 0ul; count = count / 2ul) demo_halve(&tile, count, local_x);
  if (local_x == 0ul && group_x < y_size) y[group_x] = tile.at[0];
}

// demo::largest_of_each, groups.cpp:28, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  threadgroup float* data;
  ulong size;
} span_shared_float;
typedef struct {
  device float* data;
  ulong size;
} span_global_float;
typedef struct {
  float at[256];
} float_256;

#line 10 "groups.cpp"
static float demo_largest(span_shared_float values) {
  float result = values.data[0];
  span_shared_float range = values;
#line 12
  for (ulong index = 0ul; index < range.size; ++index) {
#line 12
    const float value = range.data[index]; result = value > result ? value : result;
  }
#line 13
  return result;
}

#line 10 "groups.cpp"
static float demo_largest_2(span_global_float values) {
  float result = values.data[0];
  span_global_float range = values;
#line 12
  for (ulong index = 0ul; index < range.size; ++index) {
#line 12
    const float value = range.data[index]; result = value > result ? value : result;
  }
#line 13
  return result;
}

#line 28 "groups.cpp"
kernel void demo_largest_of_each(device const float* x [[buffer(0)]], constant index_t& x_size [[buffer(1)]],
    device float* y [[buffer(2)]], constant index_t& y_size [[buffer(3)]], constant index_t& grid_x [[buffer(4)]],
    constant index_t& grid_y [[buffer(5)]], constant index_t& first_x [[buffer(6)]],
    constant index_t& first_y [[buffer(7)]], uint3 dotcompute_position [[thread_position_in_grid]],
    uint3 dotcompute_local_position [[thread_position_in_threadgroup]],
    uint3 dotcompute_group_position [[threadgroup_position_in_grid]],
    uint3 dotcompute_group_size [[threads_per_threadgroup]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  const ulong local_x = dotcompute_local_position.x;
  const ulong group_x = (ulong)first_x / dotcompute_group_size.x + dotcompute_group_position.x;
  const ulong groups_x = (ulong)grid_x / dotcompute_group_size.x;
  const ulong group_y = (ulong)first_y / dotcompute_group_size.y + dotcompute_group_position.y;
#line 29
  threadgroup float_256 tile;
  if (local_x < 256ul) tile.at[local_x] = id_x < x_size ? x[id_x] : 0.0f;
  threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup);
  const ulong group = group_x + groups_x * group_y;
  if (local_x == 0ul && group < y_size) {
#line 33
    span_shared_float temporary = {tile.at, 256ul}; span_shared_float span = temporary;
#line 33
    y[group] = demo_largest(span_shared_float{span.data, span.size}) + demo_largest_2(span_global_float{(device float*)x, x_size});
  }
}

// demo::turns, groups.cpp:37, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[256];
} float_256;

static ulong remainder_uint64(ulong n, ulong d) { return n % (d == 0 ? 1ul : d); }

#line 37 "groups.cpp"
kernel void demo_turns(device const float* x [[buffer(0)]], constant index_t& x_size [[buffer(1)]],
    device float* y [[buffer(2)]], constant index_t& y_size [[buffer(3)]], constant int& count [[buffer(4)]],
    constant index_t& grid_x [[buffer(5)]], constant index_t& first_x [[buffer(6)]],
    uint3 dotcompute_position [[thread_position_in_grid]],
    uint3 dotcompute_local_position [[thread_position_in_threadgroup]],
    uint3 dotcompute_group_position [[threadgroup_position_in_grid]],
    uint3 dotcompute_group_size [[threads_per_threadgroup]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  const ulong local_x = dotcompute_local_position.x;
  const ulong group_x = (ulong)first_x / dotcompute_group_size.x + dotcompute_group_position.x;
#line 38
  threadgroup float_256 tile;
  if (group_x >= y_size) return;
  for (int turn = 0; turn < count; ++turn) {
    device float* mine = (device float*)&x[remainder_uint64(id_x, (ulong)x_size)];
    if (turn % 2 == 0) {
      if (local_x < 256ul) tile.at[local_x] = *mine;
      threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup);
    }
  }
  if (local_x == 0ul) y[group_x] = tile.at[0];
}
