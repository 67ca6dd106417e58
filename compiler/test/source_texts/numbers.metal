// demo::integers, numbers.cpp:8, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
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
kernel void demo_integers(device const long* in [[buffer(0)]], constant index_t& in_size [[buffer(1)]],
    device uchar* out [[buffer(2)]], constant index_t& out_size [[buffer(3)]], constant int& kernel_ [[buffer(4)]],
    constant index_t& grid_x [[buffer(5)]], constant index_t& first_x [[buffer(6)]],
    uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
#line 9
  const ulong half_ = id_x;
  if (half_ >= out_size) return;
  const long local_ = (long)((ulong)divide_int64(in[half_], (long)kernel_) + (ulong)remainder_int64(in[half_], in[0]));
  const uint bits = (uint)local_ << ((local_ & 77l) & 31);
  out[half_] = (uchar)((uint)(int)popcount(bits) + (uint)count_trailing_zeros_uint32(bits) + (uint)(int)clz(bits) + swap_bytes_uint32(bits) / 7u + (uint)(int)(kernel_ > 0 || local_ < 0l));
}

// demo::floats, numbers.cpp:17, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[3];
} float_3;

constant float_3 demo_limits = {{-INFINITY, 3.5f, NAN}};

static float minimum_float32(float x, float y) { return x != x ? y : y != y ? x : x < y ? x : y; }
static bool is_nan_float32(float x) { return x != x; }
static float frexp_to_float32(float x, thread int* second) {
  int part;
  const float result = frexp(x, part);
  *second = part;
  return result;
}
static float frexp_to_float32(float x, device int* second) {
  int part;
  const float result = frexp(x, part);
  *second = part;
  return result;
}
static float frexp_to_float32(float x, threadgroup int* second) {
  int part;
  const float result = frexp(x, part);
  *second = part;
  return result;
}
static char to_int8_float32(float x) { return x > -129.0f && x < 128.0f ? (char)x : (char)0; }

#line 17 "numbers.cpp"
kernel void demo_floats(device const float* in [[buffer(0)]], constant index_t& in_size [[buffer(1)]],
    device float* out [[buffer(2)]], constant index_t& out_size [[buffer(3)]], device char* whole [[buffer(4)]],
    constant index_t& whole_size [[buffer(5)]], constant index_t& grid_x [[buffer(6)]],
    constant index_t& first_x [[buffer(7)]], uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
#line 18
  const ulong i = id_x;
  if (i >= out_size) return;
  const float x = in[i];
  float sum = 0.1f + (-0.0f) + 1e-30f + 16777216.0f * x + demo_limits.at[i % 3ul] + as_type<float>(2139095040u) - 3.0f;
  sum = minimum_float32(sum, sin(x)) + fma(x, x, 1.0f) - x * x;
  int exponent = 0;
  if (is_nan_float32(x) || x < 2.0f) {
#line 24
    const float value = frexp_to_float32(x, &exponent); sum += value;
  }
#line 25
  whole[i] = to_int8_float32(x + (float)exponent);
  out[i] = sum;
}

// demo::doubles cannot be written in Metal: it computes with double, which Metal does not have; use float there, or run it on another device (line 29)
