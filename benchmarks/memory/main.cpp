// The suite `memory`: what it costs to have memory from a pool, beside malloc, oneTBB's allocator and the driver's own
// calls, and what a pool makes of a long trace of requests.
#include <tbb/scalable_allocator.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <dotcompute/dotcompute.hpp>
#include <dotcompute/memory/device_memory_source.hpp>
#include <dotcompute/memory/host_resource.hpp>
#include <dotcompute/memory/memory_pool.hpp>

#include "measure.hpp"
#include "opencl_buffers.hpp"
#include "trace.hpp"

namespace {

using dotcompute::MemoryPool;
using dotcompute::MemoryStatistics;
using dotcompute::PoolBlock;

const benchmark::Operation pair{"pair", "pairs"};

/// Without memory behind its blocks: what remains is what the pool does.
class EmptySource final : public dotcompute::MemorySource {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "empty"; }
  [[nodiscard]] std::unique_ptr<dotcompute::SourceMemory> allocate(std::uint64_t, std::string&) override {
    return std::make_unique<dotcompute::SourceMemory>();
  }
};

/// So that the compiler does not leave a pair of calls out.
void keep(const void* pointer) { asm volatile("" : : "r"(pointer) : "memory"); }

benchmark::Subject pool_subject(MemoryPool& pool, std::uint64_t size) {
  return {"dotcompute", [&pool, size](int, std::uint64_t iterations) {
            for (std::uint64_t i = 0; i < iterations; ++i) {
              const PoolBlock block = pool.allocate(size);
              keep(&block);
            }
          }};
}

benchmark::Subject heap_subject(const std::string& name, void* (*take)(std::size_t), void (*give_back)(void*),
                                std::uint64_t size) {
  return {name, [=](int, std::uint64_t iterations) {
            for (std::uint64_t i = 0; i < iterations; ++i) {
              void* const memory = take(size);
              keep(memory);
              give_back(memory);
            }
          }};
}

/// A block is taken and given back: what a temporary costs.
void measure_hits(memory::OpenClBuffers* raw) {
  for (const std::uint64_t size : {std::uint64_t{4096}, std::uint64_t{1} << 20}) {
    for (const int callers : {1, 2}) {
      EmptySource source;
      MemoryPool pool(source);
      std::vector<benchmark::Subject> subjects{pool_subject(pool, size),
                                               heap_subject("malloc", std::malloc, std::free, size),
                                               heap_subject("onetbb", scalable_malloc, scalable_free, size)};
      if (raw != nullptr) {
        subjects.push_back({"raw OpenCL", [=](int, std::uint64_t iterations) {
                              for (std::uint64_t i = 0; i < iterations; ++i) raw->give_back(raw->take(size));
                            }});
      }
      const std::string suffix = callers == 1 ? "" : " callers=" + std::to_string(callers);
      benchmark::measure({"memory", "hit " + std::to_string(size) + suffix, callers, std::move(subjects), pair,
                          benchmark::Clock::processor});
    }
  }
}

/// Of the program's own, for nothing here waits.
double processor_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void run(MemoryPool& pool, const memory::Trace& trace, std::vector<PoolBlock>& slots, std::size_t from,
         std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    PoolBlock& slot = slots[trace.requests[i].slot];
    slot = {};
    if (trace.requests[i].size_bytes != 0) slot = pool.allocate(trace.requests[i].size_bytes);
  }
}

void report_trace(dotcompute::MemorySource& source, const std::string& name) {
  const memory::Trace trace = memory::mixed_trace(100'000);
  // What the runtime keeps on a device with 8 GiB.
  MemoryPool pool(source, {.release_threshold_bytes = std::uint64_t{1} << 30});
  std::vector<PoolBlock> slots(trace.slots);
  const double start_ns = processor_ns();
  const std::size_t half = trace.requests.size() / 2;
  run(pool, trace, slots, 0, half);
  const MemoryStatistics early = pool.statistics();
  run(pool, trace, slots, half, trace.requests.size());
  const double total_ns = processor_ns() - start_ns;
  const MemoryStatistics all = pool.statistics();
  const double requests = static_cast<double>(trace.allocations);
  const double late = static_cast<double>(all.hits - early.hits + all.misses - early.misses);
  const auto print = [&](const char* what, double value, const char* unit) {
    benchmark::report("memory", "trace " + std::string(what), name, value, unit);
  };
  print("device allocations saved", 100 * (1 - static_cast<double>(all.source_allocations) / requests), "%");
  print("hits in the second half", 100 * static_cast<double>(all.hits - early.hits) / late, "%");
  print("peak", static_cast<double>(all.peak_bytes) / (1 << 20), "MiB");
  print("time", total_ns / requests, "ns/request");
}

/// What of the memory serves nobody when most of it is in use: looked at often, so without the time.
void report_fragmentation(dotcompute::MemorySource& source, const std::string& name) {
  const memory::Trace trace = memory::mixed_trace(100'000);
  MemoryPool pool(source, {.release_threshold_bytes = std::uint64_t{1} << 30});
  std::vector<PoolBlock> slots(trace.slots);
  MemoryStatistics fullest;
  constexpr std::size_t step = 8;
  for (std::size_t i = 0; i + step <= trace.requests.size(); i += step) {
    run(pool, trace, slots, i, i + step);
    const MemoryStatistics now = pool.statistics();
    if (now.requested_bytes > fullest.requested_bytes) fullest = now;
  }
  benchmark::report("memory", "trace slack when most is in use", name, 100 * fullest.slack(), "%");
  benchmark::report("memory", "trace fragmentation when most is in use", name, 100 * fullest.fragmentation(), "%");
}

void report_raw_trace(memory::OpenClBuffers& raw) {
  const memory::Trace trace = memory::mixed_trace(100'000);
  std::vector<void*> slots(trace.slots, nullptr);
  const double start_ns = processor_ns();
  for (const memory::Request& request : trace.requests) {
    void*& slot = slots[request.slot];
    if (slot != nullptr) raw.give_back(std::exchange(slot, nullptr));
    if (request.size_bytes != 0) slot = raw.take(request.size_bytes);
  }
  benchmark::report("memory", "trace time", "raw OpenCL",
                    (processor_ns() - start_ns) / static_cast<double>(trace.allocations), "ns/request");
  for (void* const slot : slots) {
    if (slot != nullptr) raw.give_back(slot);
  }
}

/// Random sizes up to 16 MiB in random order, as often as a program asks in a day.
void report_churn() {
  constexpr std::uint64_t count = 10'000'000;
  EmptySource source;
  MemoryPool pool(source);
  std::minstd_rand random(1);
  std::vector<PoolBlock> blocks(256);
  const double start_ns = processor_ns();
  std::uint64_t early_peak = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    PoolBlock& block = blocks[random() % blocks.size()];
    block = {};
    block = pool.allocate((std::uint64_t{1} << (random() % 24)) + random() % 1000);
    if (i == count / 10) early_peak = pool.statistics().peak_bytes;
  }
  const double total_ns = processor_ns() - start_ns;
  const MemoryStatistics all = pool.statistics();
  const auto print = [](const char* what, double value, const char* unit) {
    benchmark::report("memory", "churn of 10^7 " + std::string(what), "dotcompute", value, unit);
  };
  print("time", total_ns / count, "ns/request");
  print("hits", 100 * all.hit_rate(), "%");
  print("peak over the peak of the first tenth", static_cast<double>(all.peak_bytes) / static_cast<double>(early_peak),
        "x");
}

void report_million() {
  constexpr std::size_t count = 1'000'000;
  EmptySource source;
  MemoryPool pool(source);
  std::vector<PoolBlock> blocks;
  blocks.reserve(count);
  for (int round = 0; round < 2; ++round) {
    const double start_ns = processor_ns();
    for (std::size_t i = 0; i < count; ++i) blocks.push_back(pool.allocate(256));
    const double total_ns = processor_ns() - start_ns;
    benchmark::report("memory", round == 0 ? "a million live blocks, new" : "a million live blocks, again",
                      "dotcompute", total_ns / count, "ns/block");
    blocks.clear();
  }
}

/// A buffer of 64 MiB is made, written and freed: where its pages come from.
void measure_host_blocks() {
  constexpr std::size_t size = std::size_t{64} << 20;
  const auto touch = [](void* memory) {
    for (std::size_t at = 0; at < size; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
  };
  auto& host = dotcompute::HostResource::instance();
  const benchmark::Subject kept{"dotcompute", [&](int, std::uint64_t iterations) {
                                  for (std::uint64_t i = 0; i < iterations; ++i) {
                                    void* const memory = host.allocate(size, 64);
                                    touch(memory);
                                    host.deallocate(memory, size, 64);
                                  }
                                }};
  const benchmark::Subject heap{"malloc", [&](int, std::uint64_t iterations) {
                                  for (std::uint64_t i = 0; i < iterations; ++i) {
                                    void* const memory = std::malloc(size);
                                    touch(memory);
                                    std::free(memory);
                                  }
                                }};
  benchmark::measure(
      {"memory", "64 MiB on the host, touched", 1, {kept, heap}, {"block", "blocks"}, benchmark::Clock::processor});
}

/// New memory is filled, by the workers of the cpu where it is large, and by one thread; then memory that was used.
void measure_fills() {
  const dotcompute::Runtime runtime = dotcompute::Runtime::create();
  using Buffer = dotcompute::UnifiedBuffer<float>;
  const auto shared = [](Buffer& buffer) { buffer.fill(2); };
  const auto alone = [](Buffer& buffer) {
    const auto all = buffer.mutable_span();
    std::fill(all.begin(), all.end(), 3.0f);
    keep(all.data());
  };
  for (const std::uint64_t mib : {std::uint64_t{256}, std::uint64_t{1024}}) {
    const auto of_new = [mib](auto fill) {
      return [mib, fill](int, std::uint64_t iterations) {
        for (std::uint64_t i = 0; i < iterations; ++i) {
          dotcompute::HostResource::instance().pool().trim(0);
          Buffer buffer(mib << 18, dotcompute::uninitialized);
          fill(buffer);
        }
      };
    };
    const auto of_used = [mib](auto fill) {
      return [buffer = std::make_shared<Buffer>(mib << 18), fill](int, std::uint64_t iterations) {
        for (std::uint64_t i = 0; i < iterations; ++i) fill(*buffer);
      };
    };
    const auto compare = [mib](const char* which, std::vector<benchmark::Subject> subjects) {
      benchmark::measure({.suite = "memory",
                          .name = "fill of " + std::to_string(mib) + " MiB, " + which,
                          .subjects = std::move(subjects),
                          .operation = {"fill", "fills"},
                          .work = {static_cast<double>(mib << 20) / 1e9, "GB"}});
    };
    compare("new", {{"dotcompute", of_new(shared)}, {"one thread", of_new(alone)}});
    compare("used", {{"dotcompute", of_used(shared)}, {"one thread", of_used(alone)}});
  }
}

}  // namespace

int main() {
  setenv("POCL_DEVICES", "basic", 0);
  std::string problem;
  const auto raw = memory::OpenClBuffers::create(problem);
  if (raw == nullptr) std::fprintf(stderr, "memory: %s, so nothing to compare a device's pool with\n", problem.c_str());
  measure_hits(raw.get());
  EmptySource source;
  report_trace(source, "dotcompute");
  report_fragmentation(source, "dotcompute");
  if (raw != nullptr) report_raw_trace(*raw);
  report_churn();
  report_million();
  measure_host_blocks();
  measure_fills();
}
