// bins, atomics.cpp:14, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
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

static ulong remainder_uint64(ulong n, ulong d) { return n % (d == 0 ? 1ul : d); }
static float atomic_max_global_float32(__global float* object, float value) {
  uint old = atomic_add((__global uint*)object, 0);
  while (as_float(old) < value) {
    const uint seen = atomic_cmpxchg((__global uint*)object, old, as_uint(value));
    if (seen == old) break;
    old = seen;
  }
  return as_float(old);
}

#line 9 "atomics.cpp"
static uint take(__global uint* next, uint limit) {
  const uint value = atomic_add(next, 0); if (value >= limit) return limit;
  const uint value_2 = atomic_add(next, 1u); return value_2;
}

#line 14 "atomics.cpp"
__kernel void bins(__global const float* x, index_t x_size, index_t x_begin, __global Bin* bins_2, index_t bins_size,
    index_t bins_begin, __global uint* places, index_t places_size, index_t places_begin, index_t grid_x,
    index_t first_x) {
  x = (__global const float*)((__global const char*)x + x_begin);
  bins_2 = (__global Bin*)((__global const char*)bins_2 + bins_begin);
  places = (__global uint*)((__global const char*)places + places_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 15
  const ulong i = id_x;
  if (i >= x_size) return;
  __global Bin* bin = &bins_2[remainder_uint64(i, (ulong)bins_size)];
  atomic_add(&bin->count, 1u);
  atomic_max_global_float32(&bin->largest, x[i]);
  const uint value = take(&places[0], 100u); const uint place = value;
  uchar both = place > 0u;
#line 21
  if (both) {
#line 21
    const uint value_2 = atomic_cmpxchg(&places[(ulong)place], 0u, place); both = value_2 == 0u;
  }
#line 21
  if (both) {
    atomic_sub(&places[0], 1u);
  }
}

// numbers, atomics.cpp:26, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

static float atomic_add_global_float32(__global float* object, float value) {
  uint old = atomic_add((__global uint*)object, 0);
  for (;;) {
    const uint seen = atomic_cmpxchg((__global uint*)object, old, as_uint(as_float(old) + value));
    if (seen == old) break;
    old = seen;
  }
  return as_float(old);
}
static float atomic_sub_global_float32(__global float* object, float value) {
  uint old = atomic_add((__global uint*)object, 0);
  for (;;) {
    const uint seen = atomic_cmpxchg((__global uint*)object, old, as_uint(as_float(old) - value));
    if (seen == old) break;
    old = seen;
  }
  return as_float(old);
}
static float atomic_min_global_float32(__global float* object, float value) {
  uint old = atomic_add((__global uint*)object, 0);
  while (value < as_float(old)) {
    const uint seen = atomic_cmpxchg((__global uint*)object, old, as_uint(value));
    if (seen == old) break;
    old = seen;
  }
  return as_float(old);
}

#line 26 "atomics.cpp"
__kernel void numbers(__global int* a, index_t a_size, index_t a_begin, __global float* b, index_t b_size,
    index_t b_begin, index_t grid_x, index_t first_x) {
  a = (__global int*)((__global const char*)a + a_begin);
  b = (__global float*)((__global const char*)b + b_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 27
  const ulong i = id_x;
  if (a_size < 8ul || b_size < 8ul) return;
  const float step_ = (float)i;
  atomic_min(&a[0], (int)i);
  atomic_and(&a[1], ~(int)i);
  atomic_or(&a[2], (int)i);
  atomic_xor(&a[3], (int)i);
  const int value = atomic_xchg(&a[6], 3); const int value_2 = atomic_add(&a[7], 1);
#line 34
  a[4ul + i % 2ul] = (int)((uint)value + (uint)value_2);
  atomic_add_global_float32(&b[0], step_);
  atomic_sub_global_float32(&b[1], step_);
  atomic_min_global_float32(&b[2], step_);
  const float value_3 = as_float(atomic_xchg((__global uint*)&b[6], as_uint(step_)));
#line 38
  const float value_4 = as_float(atomic_cmpxchg((__global uint*)&b[7], as_uint(0.0f), as_uint(step_)));
#line 38
  b[4ul + i % 2ul] = value_3 + value_4;
  const float value_5 = as_float(atomic_add((__global uint*)&b[0], 0));
#line 39
  atomic_xchg((__global uint*)&b[3], as_uint(value_5));
}
