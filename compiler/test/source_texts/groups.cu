// demo::sum, groups.cpp:21, in CUDA C by kernelc 0.1.0
// To be compiled with --fmad=false: the arithmetic is as it is written.
typedef signed char schar;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef long long slong;
typedef unsigned long long ulong;
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[256];
} float_256;

#line 16 "groups.cpp"
static __device__ void demo_halve(float_256* tile, ulong count, ulong local_x) {
  __syncthreads();
  if (local_x < count) tile->at[local_x] += tile->at[local_x + count];
}

#line 21 "groups.cpp"
extern "C" __global__ void __launch_bounds__(256) demo_sum(const float* x, index_t x_size, float* y, index_t y_size,
    index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  const ulong local_x = threadIdx.x;
  const ulong group_x = (ulong)first_x / 256 + blockIdx.x;
#line 22
  __shared__ float_256 tile;
  tile.at[local_x] = id_x < x_size ? x[id_x] : 0.0f;
  for (ulong count = 256ull / 2ull; count > 0ull; count = count / 2ull) demo_halve(&tile, count, local_x);
  if (local_x == 0ull && group_x < y_size) y[group_x] = tile.at[0];
}

// demo::largest_of_each, groups.cpp:28, in CUDA C by kernelc 0.1.0
// To be compiled with --fmad=false: the arithmetic is as it is written.
typedef signed char schar;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef long long slong;
typedef unsigned long long ulong;
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float* data;
  ulong size;
} span_float;
typedef struct {
  float at[256];
} float_256;

#line 10 "groups.cpp"
static __device__ float demo_largest(span_float values) {
  float result = values.data[0];
  span_float range = values;
#line 12
  for (ulong index = 0ull; index < range.size; ++index) {
#line 12
    const float value = range.data[index]; result = value > result ? value : result;
  }
#line 13
  return result;
}

#line 28 "groups.cpp"
extern "C" __global__ void demo_largest_of_each(const float* x, index_t x_size, float* y, index_t y_size,
    index_t grid_x, index_t grid_y, index_t first_x, index_t first_y) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  const ulong local_x = threadIdx.x;
  const ulong group_x = (ulong)first_x / blockDim.x + blockIdx.x;
  const ulong groups_x = (ulong)grid_x / blockDim.x;
  const ulong group_y = (ulong)first_y / blockDim.y + blockIdx.y;
#line 29
  __shared__ float_256 tile;
  if (local_x < 256ull) tile.at[local_x] = id_x < x_size ? x[id_x] : 0.0f;
  __syncthreads();
  const ulong group = group_x + groups_x * group_y;
  if (local_x == 0ull && group < y_size) {
#line 33
    span_float temporary = {tile.at, 256ull}; span_float span = temporary;
#line 33
    y[group] = demo_largest(span_float{span.data, span.size}) + demo_largest(span_float{(float*)x, x_size});
  }
}

// demo::turns, groups.cpp:37, in CUDA C by kernelc 0.1.0
// To be compiled with --fmad=false: the arithmetic is as it is written.
typedef signed char schar;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef long long slong;
typedef unsigned long long ulong;
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[256];
} float_256;

static __device__ ulong remainder_uint64(ulong n, ulong d) { return n % (d == 0 ? 1ull : d); }

#line 37 "groups.cpp"
extern "C" __global__ void demo_turns(const float* x, index_t x_size, float* y, index_t y_size, int count,
    index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  const ulong local_x = threadIdx.x;
  const ulong group_x = (ulong)first_x / blockDim.x + blockIdx.x;
#line 38
  __shared__ float_256 tile;
  if (group_x >= y_size) return;
  for (int turn = 0; turn < count; ++turn) {
    float* mine = (float*)&x[remainder_uint64(id_x, (ulong)x_size)];
    if (turn % 2 == 0) {
      if (local_x < 256ull) tile.at[local_x] = *mine;
      __syncthreads();
    }
  }
  if (local_x == 0ull) y[group_x] = tile.at[0];
}
