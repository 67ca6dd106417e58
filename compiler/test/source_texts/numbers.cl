// demo::integers, numbers.cpp:8, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

static long divide_int64(long n, long d) {
  const long quotient = n / (d == 0 || d == -1 ? 1l : d);
  return d == -1 ? (long)-(ulong)n : quotient;
}
static long remainder_int64(long n, long d) { return n % (d == 0 || d == -1 ? 1l : d); }
static int count_trailing_zeros_uint32(uint x) { return (int)popcount(~x & (x - 1u)); }
static uint swap_bytes_uint32(uint x) {
  return (uint)((x >> 0 & 255) << 24 | (x >> 8 & 255) << 16 | (x >> 16 & 255) << 8 | (x >> 24 & 255));
}

#line 8 "numbers.cpp"
__kernel void demo_integers(__global const long* in, index_t in_size, index_t in_begin, __global uchar* out,
    index_t out_size, index_t out_begin, int kernel_, index_t grid_x, index_t first_x) {
  in = (__global const long*)((__global const char*)in + in_begin);
  out = (__global uchar*)((__global const char*)out + out_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 9
  const ulong half_ = id_x;
  if (half_ >= out_size) return;
  const long local_ = (long)((ulong)divide_int64(in[half_], (long)kernel_) + (ulong)remainder_int64(in[half_], in[0]));
  const uint bits = (uint)local_ << ((local_ & 77l) & 31);
  out[half_] = (uchar)((uint)(int)popcount(bits) + (uint)count_trailing_zeros_uint32(bits) + (uint)(int)clz(bits) + swap_bytes_uint32(bits) / 7u + (uint)(int)(kernel_ > 0 || local_ < 0l));
}

// demo::floats, numbers.cpp:17, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[3];
} float_3;

__constant float_3 demo_limits = {{(-1.0f / 0.0f), 3.5f, (0.0f / 0.0f)}};

static float minimum_float32(float x, float y) { return x != x ? y : y != y ? x : x < y ? x : y; }
static int is_nan_float32(float x) { return x != x; }

#line 17 "numbers.cpp"
__kernel void demo_floats(__global const float* in, index_t in_size, index_t in_begin, __global float* out,
    index_t out_size, index_t out_begin, __global char* whole, index_t whole_size, index_t whole_begin, index_t grid_x,
    index_t first_x) {
  in = (__global const float*)((__global const char*)in + in_begin);
  out = (__global float*)((__global const char*)out + out_begin);
  whole = (__global char*)((__global const char*)whole + whole_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 18
  const ulong i = id_x;
  if (i >= out_size) return;
  const float x = in[i];
  float sum = 0.1f + (-0.0f) + 1e-30f + 16777216.0f * x + demo_limits.at[i % 3ul] + as_float(2139095040u) - 3.0f;
  sum = minimum_float32(sum, sin(x)) + fma(x, x, 1.0f) - x * x;
  int exponent = 0;
  if (is_nan_float32(x) || x < 2.0f) {
#line 24
    const float value = frexp(x, &exponent); sum += value;
  }
#line 25
  whole[i] = convert_char_sat(x + (float)exponent);
  out[i] = sum;
}

// demo::doubles, numbers.cpp:29, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

#line 29 "numbers.cpp"
__kernel void demo_doubles(__global const double* in, index_t in_size, index_t in_begin, __global double* out,
    index_t out_size, index_t out_begin, index_t grid_x, index_t first_x) {
  in = (__global const double*)((__global const char*)in + in_begin);
  out = (__global double*)((__global const char*)out + out_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 30
  const ulong i = id_x;
  if (i < out_size) out[i] = floor(in[i]) * 0.1 + (double)i;
}
