// demo::advance, particles.cpp:27, in CUDA C by kernelc 0.1.0
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
  float at[2];
} float_2;
typedef struct {
  schar kind;
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
static __device__ ulong demo_position(ulong id_x, ulong id_y, ulong grid_x) { return id_y * grid_x + id_x; }

#line 18 "particles.cpp"
static __device__ bool demo_Particle_inside(demo_Particle* self) {
#line 18
  return self->x >= self->box.low.at[0] && self->y >= self->box.low.at[1];
}

#line 19 "particles.cpp"
static __device__ void demo_Particle_move(demo_Particle* self, float dx) {
  self->x += dx;
  ++self->age;
}

#line 27 "particles.cpp"
extern "C" __global__ void demo_advance(demo_Particle* all, index_t all_size, demo_Box limits, bool keep, float dt,
    index_t grid_x, index_t grid_y, index_t first_x, index_t first_y) {
  const ulong id_x = (ulong)first_x + (ulong)blockIdx.x * blockDim.x + threadIdx.x;
  if (id_x >= grid_x) return;
  const ulong id_y = (ulong)first_y + (ulong)blockIdx.y * blockDim.y + threadIdx.y;
  if (id_y >= grid_y) return;
#line 28
  const ulong at = demo_position(id_x, id_y, grid_x);
  if (at >= all_size) return;
  demo_Particle* p = &all[at];
  if (!demo_Particle_inside(p)) {
#line 31
    demo_Particle temporary = {limits.low.at[0], limits.low.at[1], 0, {0}, limits}; *p = temporary;
  }
#line 32
  if (keep) limits.open = p->box.open;
  p->box = limits;
  demo_Particle_move(p, dt);
}
