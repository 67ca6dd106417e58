// demo::sum, groups.cpp:21, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[256];
} float_256;

#line 16 "groups.cpp"
static void demo_halve(__local float_256* tile, ulong count, ulong local_x) {
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  if (local_x < count) tile->at[local_x] += tile->at[local_x + count];
}

#line 21 "groups.cpp"
__kernel __attribute__((reqd_work_group_size(256, 1, 1))) void demo_sum(__global const float* x, index_t x_size,
    index_t x_begin, __global float* y, index_t y_size, index_t y_begin, index_t grid_x, index_t first_x) {
  x = (__global const float*)((__global const char*)x + x_begin);
  y = (__global float*)((__global const char*)y + y_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  const ulong local_x = get_local_id(0);
  const ulong group_x = (ulong)first_x / 256 + get_group_id(0);
#line 22
  __local float_256 tile;
  tile.at[local_x] = id_x < x_size ? x[id_x] : 0.0f;
  for (ulong count = 256ul / 2ul; count > 0ul; count = count / 2ul) demo_halve(&tile, count, local_x);
  if (local_x == 0ul && group_x < y_size) y[group_x] = tile.at[0];
}

// demo::largest_of_each, groups.cpp:28, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  __local float* data;
  ulong size;
} span_shared_float;
typedef struct {
  __global float* data;
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
__kernel void demo_largest_of_each(__global const float* x, index_t x_size, index_t x_begin, __global float* y,
    index_t y_size, index_t y_begin, index_t grid_x, index_t grid_y, index_t first_x, index_t first_y) {
  x = (__global const float*)((__global const char*)x + x_begin);
  y = (__global float*)((__global const char*)y + y_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  const ulong local_x = get_local_id(0);
  const ulong group_x = (ulong)first_x / get_local_size(0) + get_group_id(0);
  const ulong groups_x = (ulong)grid_x / get_local_size(0);
  const ulong group_y = (ulong)first_y / get_local_size(1) + get_group_id(1);
#line 29
  __local float_256 tile;
  if (local_x < 256ul) tile.at[local_x] = id_x < x_size ? x[id_x] : 0.0f;
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  const ulong group = group_x + groups_x * group_y;
  if (local_x == 0ul && group < y_size) {
#line 33
    span_shared_float temporary = {tile.at, 256ul}; span_shared_float span = temporary;
#line 33
    y[group] = demo_largest((span_shared_float){span.data, span.size}) + demo_largest_2((span_global_float){(__global float*)x, x_size});
  }
}

// demo::turns, groups.cpp:37, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
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
__kernel void demo_turns(__global const float* x, index_t x_size, index_t x_begin, __global float* y, index_t y_size,
    index_t y_begin, int count, index_t grid_x, index_t first_x) {
  x = (__global const float*)((__global const char*)x + x_begin);
  y = (__global float*)((__global const char*)y + y_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  const ulong local_x = get_local_id(0);
  const ulong group_x = (ulong)first_x / get_local_size(0) + get_group_id(0);
#line 38
  __local float_256 tile;
#line 40
  int turn;
  __global float* mine;
  uint next = 0u;
  do {
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    int waits = 0;
    do {
      switch (next) {
        case 0u: {
#line 39
          next = group_x >= y_size ? 7u : 1u;
          break;
        }
        case 1u: {
#line 40
          turn = 0;
          next = 4u;
          break;
        }
        case 2u: {
#line 41
          mine = (__global float*)&x[remainder_uint64(id_x, (ulong)x_size)];
          next = turn % 2 == 0 ? 6u : 5u;
          break;
        }
        case 3u: {
#line 47
          if (local_x == 0ul) y[group_x] = tile.at[0];
          next = 7u;
          break;
        }
        case 4u: {
#line 40
          next = turn < count ? 2u : 3u;
          break;
        }
        case 5u: {
#line 40
          turn = (int)((uint)turn + 1u);
          next = 4u;
          break;
        }
        case 6u: {
#line 43
          if (local_x < 256ul) tile.at[local_x] = *mine;
          next = 5u;
#line 43
          waits = 1;
          break;
        }
      }
    } while (waits == 0 && next != 7u);
  } while (next != 7u);
}
