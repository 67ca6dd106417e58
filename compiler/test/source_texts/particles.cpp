// Structs with padding and alignment, references, member functions, hidden arguments, a grid of two dimensions.
#include <dotcompute/kernel.hpp>

namespace demo {

struct Box {
  char kind;
  float low[2];
  bool open;
};

struct alignas(16) Particle {
  float x;
  float y;
  std::int16_t age;
  Box box;

  bool inside() const { return x >= box.low[0] && y >= box.low[1]; }
  void move(float dx) {
    x += dx;
    ++age;
  }
};

std::size_t position() { return dotcompute::global_id<1>() * dotcompute::global_size<0>() + dotcompute::global_id<0>(); }

DOTCOMPUTE_KERNEL void advance(std::span<Particle> all, Box limits, bool keep, float dt) {
  const std::size_t at = position();
  if (at >= all.size()) return;
  Particle& p = all[at];
  if (!p.inside()) p = Particle{limits.low[0], limits.low[1], 0, limits};
  if (keep) limits.open = p.box.open;
  p.box = limits;
  p.move(dt);
}

}  // namespace demo
