// demo::saxpy, saxpy.cpp:5, in CUDA C by kernelc 0.1.0
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

#line 5 "saxpy.cpp"
extern "C" __global__ void demo_saxpy(float a, const float* x, index_t x_size, float* y, index_t y_size,
    index_t grid_x, index_t first_x) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
#line 6
  const ulong i = id_x;
  if (i < y_size) y[i] = a * x[i] + y[i];
}
