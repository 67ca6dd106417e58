// demo::samples, objects.cpp:14, in CUDA C by kernelc 0.1.0
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
  demo_Sample* data;
  ulong size;
} span_demo_Sample;
typedef struct {
  float* capture_0;
  span_demo_Sample* capture_1;
} lambda;

#line 40 "dotcompute/kernel/half.hpp"
static __device__ float dotcompute_detail_half_to_float(ushort half_) {
  float number;
  asm("cvt.f32.f16 %0, %1;" : "=f"(number) : "h"(half_));
  const uint quiet = (half_ & 0x8000u) << 16 | 0x7fc00000u | (half_ & 0x3ffu) << 13;
  return (half_ & 0x7fffu) > 0x7c00u ? __uint_as_float(quiet) : number;
}

#line 74 "dotcompute/kernel/half.hpp"
static __device__ float dotcompute_half_operator_float(dotcompute_half* self) {
#line 74
  return dotcompute_detail_half_to_float(self->bits);
}

#line 11 "objects.cpp"
static __device__ float* demo_Sample_scaled(demo_Sample* self, float* by) {
#line 11
  *by *= dotcompute_half_operator_float(&self->value); return by;
}

#line 18 "objects.cpp"
static __device__ float demo_samples_std_span_const_Sample_std_span_dotcompute_half_anonymous_class_oper(lambda* self,
    ulong k) {
#line 18
  span_demo_Sample span = *self->capture_1; float* value = demo_Sample_scaled(&span.data[k], self->capture_0);
#line 18
  span_demo_Sample span_2 = *self->capture_1; return *value + (float)span_2.data[k].base.id;
}

#line 24 "dotcompute/kernel/half.hpp"
static __device__ ushort dotcompute_detail_half_from_float(float value) {
  ushort bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  const uint all = __float_as_uint(value);
  const uint quiet = (all >> 16 & 0x8000u) | 0x7e00u | (all >> 13 & 0x3ffu);
  return (all & 0x7fffffffu) > 0x7f800000u ? (ushort)quiet : bits;
}

#line 62 "dotcompute/kernel/half.hpp"
static __device__ void dotcompute_half_half(dotcompute_half* self, float value) {
#line 62
  self->bits = dotcompute_detail_half_from_float(value);
}

#line 14 "objects.cpp"
extern "C" __global__ void demo_samples(const demo_Sample* in_data, index_t in_size, dotcompute_half* out,
    index_t out_size, index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
  span_demo_Sample in = span_demo_Sample{(demo_Sample*)in_data, in_size};
#line 15
  const ulong i = id_x;
  if (i >= out_size) return;
  float factor = 2.0f;
  lambda scale = {&factor, &in};
  dotcompute_half temporary;
#line 19
  const float value = demo_samples_std_span_const_Sample_std_span_dotcompute_half_anonymous_class_oper(&scale, i);
#line 19
  dotcompute_half_half(&temporary, value); out[i] = temporary;
}

// demo::windows, objects.cpp:22, in CUDA C by kernelc 0.1.0
// Fast math is allowed: --use_fast_math.
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
  span_float elements;
  ulong rows;
  ulong columns;
  ulong row_stride;
} dotcompute_matrix_view_float;

static __device__ ulong divide_uint64(ulong n, ulong d) { return n / (d == 0 ? 1ull : d); }
static __device__ ulong remainder_uint64(ulong n, ulong d) { return n % (d == 0 ? 1ull : d); }

#line 37 "dotcompute/kernel/view.hpp"
static __device__ void dotcompute_matrix_view_float_matrix_view(dotcompute_matrix_view_float* self,
    span_float elements, ulong rows, ulong columns, ulong row_stride) {
#line 38
  self->elements = elements; self->rows = rows; self->columns = columns; self->row_stride = row_stride;
}

#line 32 "dotcompute/kernel/view.hpp"
static __device__ void dotcompute_matrix_view_float_matrix_view_2(dotcompute_matrix_view_float* self,
    span_float elements, ulong rows, ulong columns) {
#line 33
  dotcompute_matrix_view_float made;
#line 33
  dotcompute_matrix_view_float_matrix_view(&made, elements, rows, columns, columns); *self = made;
}

#line 40 "dotcompute/kernel/view.hpp"
static __device__ float* dotcompute_matrix_view_float_operator_call(dotcompute_matrix_view_float* self, ulong row,
    ulong column) {
#line 41
  span_float span = self->elements; return &span.data[row * self->row_stride + column];
}

#line 22 "objects.cpp"
extern "C" __global__ void demo_windows(const float* in, index_t in_size, float* out, index_t out_size, uint columns,
    index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 23
  const ulong i = id_x;
  if (i >= out_size || in_size < 4ull) return;
  float* window = (float*)in;
  dotcompute_matrix_view_float view;
#line 26
  dotcompute_matrix_view_float_matrix_view_2(&view, span_float{out, out_size}, divide_uint64((ulong)out_size, (ulong)columns), (ulong)columns);
  *dotcompute_matrix_view_float_operator_call(&view, divide_uint64(i, (ulong)columns), remainder_uint64(i, (ulong)columns)) = window[1] * window[4ull - 1ull];
}
