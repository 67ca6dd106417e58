// demo::control, control.cpp:10, in CUDA C by kernelc 0.1.0
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
  int* data;
  ulong size;
} span_int;
typedef struct {
  int at[4];
} int_4;
typedef struct {
  int at[3];
} int_3;

static __device__ const int_4 demo_weights = {{1, -2, 3, (-2147483647 - 1)}};

static __device__ int divide_int32(int n, int d) {
  const int quotient = n / (d == 0 || d == -1 ? 1 : d);
  return d == -1 ? (int)-(uint)n : quotient;
}

#line 8 "control.cpp"
static __device__ int demo_take(span_int values, ulong* at) {
#line 8
  span_int* span = &values; ulong argument = *at; ++*at; span_int span_2 = *span; return span_2.data[argument];
}

#line 10 "control.cpp"
extern "C" __global__ void demo_control(const int* in, index_t in_size, int* out, index_t out_size, index_t grid_x,
    index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 11
  const ulong i = id_x;
  if (i >= out_size || in_size < 8ull) return;
  int sum = 0;
  ulong at = 0ull;
  for (ulong k = 0ull; k < 4ull; ++k) sum = (int)((uint)sum + (uint)demo_weights.at[k] * (uint)in[k]);
  for (;;) {
#line 16
    const ulong before = at; ++at; if (!(before < 3ull)) break;
    if (at == 2ull) continue;
    const int value = demo_take(span_int{(int*)in, in_size}, &at);
#line 18
    sum = (int)((uint)sum - ((uint)value << (at & 31)));
  }
  int twice;
#line 20
  switch (sum % 4) {
    case 0: sum = (int)((uint)sum + 5u); break;
    case 1:
    case 2: {
      twice = (int)((uint)sum * 2u);
      sum = divide_int32(twice, in[0]);
    }
    default: sum = (int)-(uint)sum;
  }
  for (int again = 0;; again = 1) {
#line 29
    if (again != 0) {
#line 29
      bool both = sum > 10;
#line 29
      if (both) {
#line 29
        at -= 1ull; both = at > 2ull;
      }
#line 29
      if (!both) break;
    }
#line 30
    if (sum < 0) continue;
    sum = (int)((uint)sum - 1u);
  }
  int_3 local_ = {{sum, 7}};
  const int value = (int)((uint)local_.at[1] + (uint)(int)at); const ulong before = at; ++at;
#line 34
  local_.at[before % 3ull] = value;
  out[i] = at > 2ull ? local_.at[0] : local_.at[2] >> (in[0] & 31);
}
