// bins, atomics.cpp:14, in CUDA C by kernelc 0.1.0
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
  uint count;
  float largest;
} Bin;
typedef char check_Bin[sizeof(Bin) == 8 ? 1 : -1];

static __device__ ulong remainder_uint64(ulong n, ulong d) { return n % (d == 0 ? 1ull : d); }
static __device__ float atomic_max_float32(float* object, float value) {
  uint old = *(const volatile uint*)(uint*)object;
  while (__int_as_float((int)(old)) < value) {
    const uint seen = atomicCAS((uint*)object, old, (uint)__float_as_int(value));
    if (seen == old) break;
    old = seen;
  }
  return __int_as_float((int)(old));
}

#line 9 "atomics.cpp"
static __device__ uint take(uint* next, uint limit) {
  const uint value = *(const volatile uint*)next; if (value >= limit) return limit;
  const uint value_2 = atomicAdd(next, 1u); return value_2;
}

#line 14 "atomics.cpp"
extern "C" __global__ void bins(const float* x, index_t x_size, Bin* bins_2, index_t bins_size, uint* places,
    index_t places_size, index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 15
  const ulong i = id_x;
  if (i >= x_size) return;
  Bin* bin = &bins_2[remainder_uint64(i, (ulong)bins_size)];
  atomicAdd(&bin->count, 1u);
  atomic_max_float32(&bin->largest, x[i]);
  const uint value = take(&places[0], 100u); const uint place = value;
  bool both = place > 0u;
#line 21
  if (both) {
#line 21
    const uint value_2 = atomicCAS(&places[(ulong)place], 0u, place); both = value_2 == 0u;
  }
#line 21
  if (both) {
    atomicSub(&places[0], 1u);
  }
}

// numbers, atomics.cpp:26, in CUDA C by kernelc 0.1.0
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

static __device__ float atomic_min_float32(float* object, float value) {
  uint old = *(const volatile uint*)(uint*)object;
  while (value < __int_as_float((int)(old))) {
    const uint seen = atomicCAS((uint*)object, old, (uint)__float_as_int(value));
    if (seen == old) break;
    old = seen;
  }
  return __int_as_float((int)(old));
}

#line 26 "atomics.cpp"
extern "C" __global__ void numbers(int* a, index_t a_size, float* b, index_t b_size, index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 27
  const ulong i = id_x;
  if (a_size < 8ull || b_size < 8ull) return;
  const float step = (float)i;
  atomicMin(&a[0], (int)i);
  atomicAnd(&a[1], ~(int)i);
  atomicOr(&a[2], (int)i);
  atomicXor(&a[3], (int)i);
  const int value = atomicExch(&a[6], 3); const int value_2 = atomicAdd(&a[7], 1);
#line 34
  a[4ull + i % 2ull] = (int)((uint)value + (uint)value_2);
  atomicAdd(&b[0], step);
  atomicAdd(&b[1], -(step));
  atomic_min_float32(&b[2], step);
  const float value_3 = __int_as_float((int)(atomicExch((uint*)&b[6], (uint)__float_as_int(step))));
#line 38
  const float value_4 = __int_as_float((int)(atomicCAS((uint*)&b[7], (uint)__float_as_int(0.0f), (uint)__float_as_int(step))));
#line 38
  b[4ull + i % 2ull] = value_3 + value_4;
  const float value_5 = *(const volatile float*)&b[0]; *(volatile float*)&b[3] = value_5;
}
