// demo::saxpy, saxpy.cpp:5, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

#line 5 "saxpy.cpp"
__kernel void demo_saxpy(float a, __global const float* x, index_t x_size, index_t x_begin, __global float* y,
    index_t y_size, index_t y_begin, index_t grid_x, index_t first_x) {
  x = (__global const float*)((__global const char*)x + x_begin);
  y = (__global float*)((__global const char*)y + y_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
#line 6
  const ulong i = id_x;
  if (i < y_size) y[i] = a * x[i] + y[i];
}
