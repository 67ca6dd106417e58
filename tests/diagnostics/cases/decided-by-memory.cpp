#include <dotcompute/kernel.hpp>

using namespace dotcompute;

DOTCOMPUTE_KERNEL void f(std::span<int> x) {
  SharedArray<int, 1> done;
  do {
    if (local_id() == 0) done[0] = x[group_id()];
    barrier();
  } while (done[0] == 0);
}

struct Counter {
  int* count;
};
void keep(Counter& counter, int& count) { counter.count = &count; }

DOTCOMPUTE_KERNEL void g(std::span<int> x, int n) {
  int count = n;
  Counter counter;
  keep(counter, count);
  *counter.count = static_cast<int>(local_id());
  for (int i = 0; i < count; ++i) barrier();
  x[0] = 1;
}
