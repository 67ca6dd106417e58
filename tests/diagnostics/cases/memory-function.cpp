#include <dotcompute/kernel.hpp>

#include <cstring>
struct Link {
  Link* next;
};
DOTCOMPUTE_KERNEL void f(std::span<int> x, std::span<const float> y, std::span<const std::uint8_t> bytes) {
  std::memmove(&x[1], &x[0], 4 * sizeof(int));
  std::memset(&x[0], x[1], sizeof(int));
  std::memcpy(&x[0], &y[0], 8);
  std::memcpy(&x[0], &x[8], bytes.size());
  Link a{nullptr}, b{&a};
  std::memcpy(&a, &b, sizeof a);
}
