#include "processors.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <numeric>
#include <thread>

namespace dotcompute::cpu {

namespace {

struct FreeSet {
  void operator()(cpu_set_t* set) const noexcept { CPU_FREE(set); }
};

/// A set of any number of processors, empty at first; `set` is null where there is no memory.
struct ProcessorSet {
  explicit ProcessorSet(unsigned count) noexcept : set(CPU_ALLOC(count)), size_bytes(CPU_ALLOC_SIZE(count)) {
    if (set != nullptr) CPU_ZERO_S(size_bytes, set.get());
  }
  std::unique_ptr<cpu_set_t, FreeSet> set;
  std::size_t size_bytes;
};

}  // namespace

std::vector<unsigned> usable_processors() {
  // The system refuses sets that are smaller than its own.
  for (unsigned count = CPU_SETSIZE; count <= 1u << 20; count *= 2) {
    const ProcessorSet allowed(count);
    if (allowed.set == nullptr) break;
    if (sched_getaffinity(0, allowed.size_bytes, allowed.set.get()) != 0) {
      if (errno == EINVAL) continue;
      break;
    }
    std::vector<unsigned> processors;
    for (unsigned number = 0; number < count; ++number) {
      if (CPU_ISSET_S(number, allowed.size_bytes, allowed.set.get())) processors.push_back(number);
    }
    if (!processors.empty()) return processors;
  }
  std::vector<unsigned> all(std::max(std::thread::hardware_concurrency(), 1u));
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

bool bind_to(std::span<const unsigned> processors) noexcept {
  const ProcessorSet wanted(std::ranges::max(processors) + 1);
  if (wanted.set == nullptr) return false;
  for (const unsigned number : processors) CPU_SET_S(number, wanted.size_bytes, wanted.set.get());
  return pthread_setaffinity_np(pthread_self(), wanted.size_bytes, wanted.set.get()) == 0;
}

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
