// demo::integers, numbers.cpp:8, in CUDA C by kernelc 0.1.0
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

static __device__ slong divide_int64(slong n, slong d) {
  const slong quotient = n / (d == 0 || d == -1 ? 1ll : d);
  return d == -1 ? (slong)-(ulong)n : quotient;
}
static __device__ slong remainder_int64(slong n, slong d) { return n % (d == 0 || d == -1 ? 1ll : d); }
static __device__ int count_trailing_zeros_uint32(uint x) { return __popc(~x & (x - 1u)); }
static __device__ uint swap_bytes_uint32(uint x) {
  return (uint)((x >> 0 & 255) << 24 | (x >> 8 & 255) << 16 | (x >> 16 & 255) << 8 | (x >> 24 & 255));
}

#line 8 "numbers.cpp"
extern "C" __global__ void demo_integers(const slong* in, index_t in_size, uchar* out, index_t out_size, int kernel_,
    index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 9
  const ulong half_ = id_x;
  if (half_ >= out_size) return;
  const slong local_ = (slong)((ulong)divide_int64(in[half_], (slong)kernel_) + (ulong)remainder_int64(in[half_], in[0]));
  const uint bits = (uint)local_ << ((local_ & 77ll) & 31);
  out[half_] = (uchar)((uint)__popc(bits) + (uint)count_trailing_zeros_uint32(bits) + (uint)__clz((int)(bits)) + swap_bytes_uint32(bits) / 7u + (uint)(int)(kernel_ > 0 || local_ < 0ll));
}

// demo::floats, numbers.cpp:17, in CUDA C by kernelc 0.1.0
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
  float at[3];
} float_3;

static __device__ const float_3 demo_limits = {{(-1.0f / 0.0f), 3.5f, (0.0f / 0.0f)}};

static __device__ float minimum_float32(float x, float y) { return x != x ? y : y != y ? x : x < y ? x : y; }
static __device__ bool is_nan_float32(float x) { return x != x; }

#line 17 "numbers.cpp"
extern "C" __global__ void demo_floats(const float* in, index_t in_size, float* out, index_t out_size, schar* whole,
    index_t whole_size, index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 18
  const ulong i = id_x;
  if (i >= out_size) return;
  const float x = in[i];
  float sum = 0.1f + (-0.0f) + 1e-30f + 16777216.0f * x + demo_limits.at[i % 3ull] + __uint_as_float(2139095040u) - 3.0f;
  sum = minimum_float32(sum, sinf(x)) + fmaf(x, x, 1.0f) - x * x;
  int exponent = 0;
  if (is_nan_float32(x) || x < 2.0f) {
#line 24
    const float value = frexpf(x, &exponent); sum += value;
  }
#line 25
  whole[i] = (schar)(int)(x + (float)exponent);
  out[i] = sum;
}

// demo::doubles, numbers.cpp:29, in CUDA C by kernelc 0.1.0
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

#line 29 "numbers.cpp"
extern "C" __global__ void demo_doubles(const double* in, index_t in_size, double* out, index_t out_size,
    index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 30
  const ulong i = id_x;
  if (i < out_size) out[i] = floor(in[i]) * 0.1 + (double)i;
}
