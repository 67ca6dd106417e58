// bins, atomics.cpp:14, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
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
static uint atomic_compare_exchange_device_uint32(device atomic_uint* object, uint expected, uint desired) {
  uint seen = expected;
  while (!atomic_compare_exchange_weak_explicit(object, &seen, desired, memory_order_relaxed,
                                                memory_order_relaxed) &&
         seen == expected) {
  }
  return seen;
}
static float atomic_max_device_float32(device float* object, float value) {
  uint old = atomic_load_explicit((device atomic_uint*)(device uint*)object, memory_order_relaxed);
  while (as_type<float>(old) < value) {
    const uint seen = atomic_compare_exchange_device_uint32((device atomic_uint*)(device uint*)object, old, as_type<uint>(value));
    if (seen == old) break;
    old = seen;
  }
  return as_type<float>(old);
}

#line 9 "atomics.cpp"
static uint take(device uint* next, uint limit) {
  const uint value = atomic_load_explicit((device atomic_uint*)next, memory_order_relaxed);
#line 10
  if (value >= limit) return limit;
  const uint value_2 = atomic_fetch_add_explicit((device atomic_uint*)next, 1u, memory_order_relaxed); return value_2;
}

#line 14 "atomics.cpp"
kernel void bins(device const float* x [[buffer(0)]], constant index_t& x_size [[buffer(1)]],
    device Bin* bins_2 [[buffer(2)]], constant index_t& bins_size [[buffer(3)]], device uint* places [[buffer(4)]],
    constant index_t& places_size [[buffer(5)]], constant index_t& grid_x [[buffer(6)]],
    constant index_t& first_x [[buffer(7)]], uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
#line 15
  const ulong i = id_x;
  if (i >= x_size) return;
  device Bin* bin = &bins_2[remainder_uint64(i, (ulong)bins_size)];
  atomic_fetch_add_explicit((device atomic_uint*)&bin->count, 1u, memory_order_relaxed);
  atomic_max_device_float32(&bin->largest, x[i]);
  const uint value = take(&places[0], 100u); const uint place = value;
  bool both = place > 0u;
#line 21
  if (both) {
#line 21
    const uint value_2 = atomic_compare_exchange_device_uint32((device atomic_uint*)&places[(ulong)place], 0u, place);
#line 21
    both = value_2 == 0u;
  }
#line 21
  if (both) {
    atomic_fetch_sub_explicit((device atomic_uint*)&places[0], 1u, memory_order_relaxed);
  }
}

// numbers, atomics.cpp:26, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

static uint atomic_compare_exchange_device_uint32(device atomic_uint* object, uint expected, uint desired) {
  uint seen = expected;
  while (!atomic_compare_exchange_weak_explicit(object, &seen, desired, memory_order_relaxed,
                                                memory_order_relaxed) &&
         seen == expected) {
  }
  return seen;
}
static float atomic_add_device_float32(device float* object, float value) {
  uint old = atomic_load_explicit((device atomic_uint*)(device uint*)object, memory_order_relaxed);
  for (;;) {
    const uint seen = atomic_compare_exchange_device_uint32((device atomic_uint*)(device uint*)object, old, as_type<uint>(as_type<float>(old) + value));
    if (seen == old) break;
    old = seen;
  }
  return as_type<float>(old);
}
static float atomic_sub_device_float32(device float* object, float value) {
  uint old = atomic_load_explicit((device atomic_uint*)(device uint*)object, memory_order_relaxed);
  for (;;) {
    const uint seen = atomic_compare_exchange_device_uint32((device atomic_uint*)(device uint*)object, old, as_type<uint>(as_type<float>(old) - value));
    if (seen == old) break;
    old = seen;
  }
  return as_type<float>(old);
}
static float atomic_min_device_float32(device float* object, float value) {
  uint old = atomic_load_explicit((device atomic_uint*)(device uint*)object, memory_order_relaxed);
  while (value < as_type<float>(old)) {
    const uint seen = atomic_compare_exchange_device_uint32((device atomic_uint*)(device uint*)object, old, as_type<uint>(value));
    if (seen == old) break;
    old = seen;
  }
  return as_type<float>(old);
}

#line 26 "atomics.cpp"
kernel void numbers(device int* a [[buffer(0)]], constant index_t& a_size [[buffer(1)]], device float* b [[buffer(2)]],
    constant index_t& b_size [[buffer(3)]], constant index_t& grid_x [[buffer(4)]],
    constant index_t& first_x [[buffer(5)]], uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
#line 27
  const ulong i = id_x;
  if (a_size < 8ul || b_size < 8ul) return;
  const float step_ = (float)i;
  atomic_fetch_min_explicit((device atomic_int*)&a[0], (int)i, memory_order_relaxed);
  atomic_fetch_and_explicit((device atomic_int*)&a[1], ~(int)i, memory_order_relaxed);
  atomic_fetch_or_explicit((device atomic_int*)&a[2], (int)i, memory_order_relaxed);
  atomic_fetch_xor_explicit((device atomic_int*)&a[3], (int)i, memory_order_relaxed);
  const int value = atomic_exchange_explicit((device atomic_int*)&a[6], 3, memory_order_relaxed);
#line 34
  const int value_2 = atomic_fetch_add_explicit((device atomic_int*)&a[7], 1, memory_order_relaxed);
#line 34
  a[4ul + i % 2ul] = (int)((uint)value + (uint)value_2);
  atomic_add_device_float32(&b[0], step_);
  atomic_sub_device_float32(&b[1], step_);
  atomic_min_device_float32(&b[2], step_);
  const float value_3 = as_type<float>(atomic_exchange_explicit((device atomic_uint*)(device uint*)&b[6], as_type<uint>(step_), memory_order_relaxed));
#line 38
  const float value_4 = as_type<float>(atomic_compare_exchange_device_uint32((device atomic_uint*)(device uint*)&b[7], as_type<uint>(0.0f), as_type<uint>(step_)));
#line 38
  b[4ul + i % 2ul] = value_3 + value_4;
  const float value_5 = as_type<float>(atomic_load_explicit((device atomic_uint*)(device uint*)&b[0], memory_order_relaxed));
#line 39
  atomic_store_explicit((device atomic_uint*)(device uint*)&b[3], as_type<uint>(value_5), memory_order_relaxed);
}
