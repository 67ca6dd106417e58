// demo::control, control.cpp:10, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  device int* data;
  ulong size;
} span_global_int;
typedef struct {
  int at[4];
} int_4;
typedef struct {
  int at[3];
} int_3;

constant int_4 demo_weights = {{1, -2, 3, (-2147483647 - 1)}};

static int divide_int32(int n, int d) {
  const int quotient = n / (d == 0 || d == -1 ? 1 : d);
  return d == -1 ? (int)-(uint)n : quotient;
}

#line 8 "control.cpp"
static int demo_take(span_global_int values, thread ulong* at) {
#line 8
  thread span_global_int* span = &values; ulong argument = *at; ++*at; span_global_int span_2 = *span;
#line 8
  return span_2.data[argument];
}

#line 10 "control.cpp"
kernel void demo_control(device const int* in [[buffer(0)]], constant index_t& in_size [[buffer(1)]],
    device int* out [[buffer(2)]], constant index_t& out_size [[buffer(3)]], constant index_t& grid_x [[buffer(4)]],
    constant index_t& first_x [[buffer(5)]], uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
#line 11
  const ulong i = id_x;
  if (i >= out_size || in_size < 8ul) return;
  int sum = 0;
  ulong at = 0ul;
  for (ulong k = 0ul; k < 4ul; ++k) sum = (int)((uint)sum + (uint)demo_weights.at[k] * (uint)in[k]);
  for (;;) {
#line 16
    const ulong before = at; ++at; if (!(before < 3ul)) break;
    if (at == 2ul) continue;
    const int value = demo_take(span_global_int{(device int*)in, in_size}, &at);
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
        at -= 1ul; both = at > 2ul;
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
  local_.at[before % 3ul] = value;
  out[i] = at > 2ul ? local_.at[0] : local_.at[2] >> (in[0] & 31);
}
