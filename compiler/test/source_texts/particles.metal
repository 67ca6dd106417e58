// demo::advance, particles.cpp:27, in Metal by kernelc 0.1.0
#include <metal_stdlib>
using namespace metal;
#pragma METAL fp contract(off)
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
  bool open;
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
static bool demo_Particle_inside(device demo_Particle* self) {
#line 18
  return self->x >= self->box.low.at[0] && self->y >= self->box.low.at[1];
}

#line 19 "particles.cpp"
static void demo_Particle_move(device demo_Particle* self, float dx) {
  self->x += dx;
  ++self->age;
}

#line 27 "particles.cpp"
kernel void demo_advance(device demo_Particle* all_ [[buffer(0)]], constant index_t& all_size [[buffer(1)]],
    constant demo_Box& limits_value [[buffer(2)]], constant bool& keep [[buffer(3)]], constant float& dt [[buffer(4)]],
    constant index_t& grid_x [[buffer(5)]], constant index_t& grid_y [[buffer(6)]],
    constant index_t& first_x [[buffer(7)]], constant index_t& first_y [[buffer(8)]],
    uint3 dotcompute_position [[thread_position_in_grid]]) {
  const ulong id_x = (ulong)first_x + dotcompute_position.x;
  if (id_x >= grid_x) return;
  const ulong id_y = (ulong)first_y + dotcompute_position.y;
  if (id_y >= grid_y) return;
  demo_Box limits = limits_value;
#line 28
  const ulong at = demo_position(id_x, id_y, grid_x);
  if (at >= all_size) return;
  device demo_Particle* p = &all_[at];
  if (!demo_Particle_inside(p)) {
#line 31
    demo_Particle temporary = {limits.low.at[0], limits.low.at[1], 0, {0}, limits}; *p = temporary;
  }
#line 32
  if (keep) limits.open = p->box.open;
  p->box = limits;
  demo_Particle_move(p, dt);
}
