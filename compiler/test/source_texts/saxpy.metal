// demo::saxpy, saxpy.cpp:5, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

#line 5 "saxpy.cpp"
kernel void demo_saxpy(constant float& a [[buffer(0)]], device const float* x [[buffer(1)]],
    constant index_t& x_size [[buffer(2)]], device float* y [[buffer(3)]], constant index_t& y_size [[buffer(4)]],
    constant index_t& grid_x [[buffer(5)]], constant index_t& first_x [[buffer(6)]],
    uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
#line 6
  const ulong i = id_x;
  if (i < y_size) y[i] = a * x[i] + y[i];
}
