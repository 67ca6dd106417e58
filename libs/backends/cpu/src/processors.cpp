#include "processors.hpp"

#include <pthread.h>
#include <sched.h>

namespace dotcompute::cpu {

int this_processor() noexcept { return sched_getcpu(); }

void yield_processor() noexcept { sched_yield(); }

void leave_processor(int number) noexcept {
  cpu_set_t allowed;
  if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<unsigned>(number), &others);
  if (CPU_COUNT(&others) == 0 || pthread_setaffinity_np(pthread_self(), sizeof others, &others) != 0) return;
  pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed);
}

}  // namespace dotcompute::cpu
