// demo::advance, particles.cpp:27, in OpenCL C 1.2 by kernelc 0.1.0
#pragma OPENCL FP_CONTRACT OFF
#if DOTCOMPUTE_NARROW
typedef uint index_t;
#else
typedef ulong index_t;
#endif

typedef struct {
  float at[2];
} float_2;
typedef struct {
  char kind;
  uchar padding0[3];
  float_2 low;
  uchar open;
  uchar padding1[3];
} demo_Box;
typedef char check_demo_Box[sizeof(demo_Box) == 16 ? 1 : -1];
typedef struct __attribute__((aligned(16))) {
  float x;
  float y;
  short age;
  uchar padding0[2];
  demo_Box box;
  uchar padding1[4];
} demo_Particle;
typedef char check_demo_Particle[sizeof(demo_Particle) == 32 ? 1 : -1];

#line 25 "particles.cpp"
static ulong demo_position(ulong id_x, ulong id_y, ulong grid_x) { return id_y * grid_x + id_x; }

#line 18 "particles.cpp"
static uchar demo_Particle_inside(__global demo_Particle* self) {
#line 18
  return self->x >= self->box.low.at[0] && self->y >= self->box.low.at[1];
}

#line 19 "particles.cpp"
static void demo_Particle_move(__global demo_Particle* self, float dx) {
  self->x += dx;
  ++self->age;
}

#line 27 "particles.cpp"
__kernel void demo_advance(__global demo_Particle* all_, index_t all_size, index_t all_begin, demo_Box limits_value,
    uchar keep, float dt, index_t grid_x, index_t grid_y, index_t first_x, index_t first_y) {
  all_ = (__global demo_Particle*)((__global const char*)all_ + all_begin);
  const ulong id_x = (ulong)first_x + get_global_id(0);
  if (id_x >= grid_x) return;
  const ulong id_y = (ulong)first_y + get_global_id(1);
  if (id_y >= grid_y) return;
  demo_Box limits = limits_value;
#line 28
  const ulong at = demo_position(id_x, id_y, grid_x);
  if (at >= all_size) return;
  __global demo_Particle* p = &all_[at];
  if (!demo_Particle_inside(p)) {
#line 31
    demo_Particle temporary = {limits.low.at[0], limits.low.at[1], 0, {0}, limits}; *p = temporary;
  }
#line 32
  if (keep) limits.open = p->box.open;
  p->box = limits;
  demo_Particle_move(p, dt);
}
