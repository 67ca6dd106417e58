// demo::samples, objects.cpp:14, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  ushort bits;
} dotcompute_half;
typedef char check_dotcompute_half[sizeof(dotcompute_half) == 2 ? 1 : -1];
typedef struct {
  int id;
} demo_Named;
typedef char check_demo_Named[sizeof(demo_Named) == 4 ? 1 : -1];
typedef struct {
  demo_Named base;
  dotcompute_half value;
  uchar padding0[2];
} demo_Sample;
typedef char check_demo_Sample[sizeof(demo_Sample) == 8 ? 1 : -1];
typedef struct {
  __global demo_Sample* data;
  ulong size;
} span_global_demo_Sample;
typedef struct {
  float* capture_0;
  span_global_demo_Sample* capture_1;
} lambda_local_local_global;

#line 40 "dotcompute/kernel/half.hpp"
static float dotcompute_detail_half_to_float(ushort half_) {
  const uint bits = (uint)half_ & 32767u;
  const uint sign_ = ((uint)half_ & 32768u) << 16;
  const float temporary = (float)bits * 0x1p-24f; const uint subnormal = as_uint(temporary);
  const uint quiet = bits > 31744u ? 4194304u : 0u;
  const uint special = (bits << 13) | 2139095040u | quiet;
  const uint normal = (bits << 13) + 939524096u;
  const uint number = bits >= 31744u ? special : normal;
  const uint temporary_2 = (bits < 1024u ? subnormal : number) | sign_; return as_float(temporary_2);
}

#line 74 "dotcompute/kernel/half.hpp"
static float dotcompute_half_operator_float(__global dotcompute_half* self) {
#line 74
  return dotcompute_detail_half_to_float(self->bits);
}

#line 11 "objects.cpp"
static float* demo_Sample_scaled(__global demo_Sample* self, float* by) {
#line 11
  *by *= dotcompute_half_operator_float(&self->value); return by;
}

#line 18 "objects.cpp"
static float demo_samples_std_span_const_Sample_std_span_dotcompute_half_anonymous_class_oper(lambda_local_local_global* self,
    ulong k) {
#line 18
  span_global_demo_Sample span = *self->capture_1; float* value = demo_Sample_scaled(&span.data[k], self->capture_0);
#line 18
  span_global_demo_Sample span_2 = *self->capture_1; return *value + (float)span_2.data[k].base.id;
}

#line 24 "dotcompute/kernel/half.hpp"
static ushort dotcompute_detail_half_from_float(float value) {
#line 28
  const uint all_ = as_uint(value);
  const uint bits = all_ & 2147483647u;
#line 31
  const float temporary = as_float(bits) + 0.5f; const uint subnormal = as_uint(temporary) - 1056964608u;
  const uint rounded = (bits - 939524096u + 4095u + ((bits >> 13) & 1u)) >> 13;
  const uint normal = rounded < 31744u ? rounded : 31744u;
  const uint number = bits < 947912704u ? subnormal : normal;
  const uint nan_ = 32256u | ((bits >> 13) & 1023u);
  return (ushort)((bits > 2139095040u ? nan_ : number) | ((all_ >> 16) & 32768u));
}

#line 62 "dotcompute/kernel/half.hpp"
static void dotcompute_half_half(dotcompute_half* self, float value) {
#line 62
  self->bits = dotcompute_detail_half_from_float(value);
}

#line 14 "objects.cpp"
__kernel void demo_samples(__global const demo_Sample* in_data, index_t in_size, index_t in_begin,
    __global dotcompute_half* out, index_t out_size, index_t out_begin, index_t grid_x, index_t first_x) {
  in_data = (__global const demo_Sample*)((__global const char*)in_data + in_begin);
  out = (__global dotcompute_half*)((__global const char*)out + out_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
  span_global_demo_Sample in = (span_global_demo_Sample){(__global demo_Sample*)in_data, in_size};
#line 15
  const ulong i = id_x;
  if (i >= out_size) return;
  float factor = 2.0f;
  lambda_local_local_global scale = {&factor, &in};
  dotcompute_half temporary;
#line 19
  const float value = demo_samples_std_span_const_Sample_std_span_dotcompute_half_anonymous_class_oper(&scale, i);
#line 19
  dotcompute_half_half(&temporary, value); out[i] = temporary;
}

// demo::windows, objects.cpp:22, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT ON
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  __global float* data;
  ulong size;
} span_global_float;
typedef struct {
  span_global_float elements;
  ulong rows;
  ulong columns;
  ulong row_stride;
} dotcompute_matrix_view_float_global;

static ulong divide_uint64(ulong n, ulong d) { return n / (d == 0 ? 1ul : d); }
static ulong remainder_uint64(ulong n, ulong d) { return n % (d == 0 ? 1ul : d); }

#line 37 "dotcompute/kernel/view.hpp"
static void dotcompute_matrix_view_float_matrix_view(dotcompute_matrix_view_float_global* self,
    span_global_float elements, ulong rows, ulong columns, ulong row_stride) {
#line 38
  self->elements = elements; self->rows = rows; self->columns = columns; self->row_stride = row_stride;
}

#line 32 "dotcompute/kernel/view.hpp"
static void dotcompute_matrix_view_float_matrix_view_2(dotcompute_matrix_view_float_global* self,
    span_global_float elements, ulong rows, ulong columns) {
#line 33
  dotcompute_matrix_view_float_global made;
#line 33
  dotcompute_matrix_view_float_matrix_view(&made, elements, rows, columns, columns); *self = made;
}

#line 40 "dotcompute/kernel/view.hpp"
static __global float* dotcompute_matrix_view_float_operator_call(dotcompute_matrix_view_float_global* self, ulong row,
    ulong column) {
#line 41
  span_global_float span = self->elements; return &span.data[row * self->row_stride + column];
}

#line 22 "objects.cpp"
__kernel void demo_windows(__global const float* in, index_t in_size, index_t in_begin, __global float* out,
    index_t out_size, index_t out_begin, uint columns, index_t grid_x, index_t first_x) {
  in = (__global const float*)((__global const char*)in + in_begin);
  out = (__global float*)((__global const char*)out + out_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 23
  const ulong i = id_x;
  if (i >= out_size || in_size < 4ul) return;
  __global float* window = (__global float*)in;
  dotcompute_matrix_view_float_global view;
#line 26
  dotcompute_matrix_view_float_matrix_view_2(&view, (span_global_float){out, out_size}, divide_uint64((ulong)out_size, (ulong)columns), (ulong)columns);
  *dotcompute_matrix_view_float_operator_call(&view, divide_uint64(i, (ulong)columns), remainder_uint64(i, (ulong)columns)) = window[1] * window[4ul - 1ul];
}
